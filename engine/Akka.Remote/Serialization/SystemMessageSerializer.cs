using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Serialization;
using Google.Protobuf;

namespace Akka.Remote.Serialization;

/// <summary>System messages that may cross systems: death watch and stop. Nobody supervises over the network.</summary>
internal sealed class SystemMessageSerializer : SerializerWithStringManifest
{
    private const string WatchManifest = "W";
    private const string UnwatchManifest = "UW";
    private const string DeathWatchNotificationManifest = "DWN";
    private const string TerminateManifest = "T";

    private readonly PayloadCodec _payloads;

    public SystemMessageSerializer(ExtendedActorSystem system)
        : base(system) =>
        _payloads = new PayloadCodec(system);

    public override int Identifier => 22;

    public override string Manifest(object o) => o switch
    {
        Watch => WatchManifest,
        Unwatch => UnwatchManifest,
        DeathWatchNotification => DeathWatchNotificationManifest,
        Terminate => TerminateManifest,
        _ => throw Unknown(o.GetType().ToString()),
    };

    public override byte[] ToBinary(object obj) => PayloadCodec.Encode(output =>
    {
        switch (obj)
        {
            case Watch watch:
                PayloadCodec.WriteRef(output, watch.Watchee);
                PayloadCodec.WriteRef(output, watch.Watcher);
                break;
            case Unwatch unwatch:
                PayloadCodec.WriteRef(output, unwatch.Watchee);
                PayloadCodec.WriteRef(output, unwatch.Watcher);
                break;
            case DeathWatchNotification notification:
                PayloadCodec.WriteRef(output, notification.Actor);
                output.WriteBool(notification.ExistenceConfirmed);
                output.WriteBool(notification.AddressTerminated);
                break;
        }
    });

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var input = new CodedInputStream(bytes);
        return manifest switch
        {
            WatchManifest => new Watch(ReadRef(input), ReadRef(input)),
            UnwatchManifest => new Unwatch(ReadRef(input), ReadRef(input)),
            DeathWatchNotificationManifest =>
                new DeathWatchNotification(ReadRef(input), input.ReadBool(), input.ReadBool()),
            TerminateManifest => new Terminate(),
            _ => throw Unknown(manifest),
        };
    }

    private IInternalActorRef ReadRef(CodedInputStream input) =>
        (IInternalActorRef?)_payloads.ReadRef(input) ?? throw new SerializationException("A system message without an actor that it is about");

    private static SerializationException Unknown(string what) => new($"No system message for other systems: [{what}]");
}
