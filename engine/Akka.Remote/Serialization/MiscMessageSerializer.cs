using System.Reflection;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Akka.Util;
using Google.Protobuf;

namespace Akka.Remote.Serialization;

/// <summary>The engine's own messages that any actor may send or get.</summary>
/// <remarks>
/// Of an exception only type and message travel. The other side makes one of that type when it knows it as an
/// exception with a message, else a plain one that names the type: a sender does not choose what is constructed.
/// </remarks>
internal sealed class MiscMessageSerializer : SerializerWithStringManifest
{
    private const string IdentifyManifest = "ID";
    private const string ActorIdentityManifest = "AID";
    private const string ActorRefManifest = "AR";
    private const string PoisonPillManifest = "PP";
    private const string KillManifest = "K";
    private const string HeartbeatManifest = "RWHB";
    private const string HeartbeatRspManifest = "RWHR";
    private const string StatusFailureManifest = "STF";
    private const string StatusSuccessManifest = "STS";

    private readonly PayloadCodec _payloads;

    public MiscMessageSerializer(ExtendedActorSystem system)
        : base(system) =>
        _payloads = new PayloadCodec(system);

    public override int Identifier => 16;

    public override string Manifest(object o) => o switch
    {
        Identify => IdentifyManifest,
        ActorIdentity => ActorIdentityManifest,
        PoisonPill => PoisonPillManifest,
        Kill => KillManifest,
        RemoteWatcher.Heartbeat => HeartbeatManifest,
        RemoteWatcher.HeartbeatRsp => HeartbeatRspManifest,
        Status.Failure => StatusFailureManifest,
        Status.Success => StatusSuccessManifest,
        IActorRef => ActorRefManifest,
        _ => throw Unknown(o.GetType().ToString()),
    };

    public override byte[] ToBinary(object obj) => obj switch
    {
        PoisonPill or Kill or RemoteWatcher.Heartbeat => [],
        _ => PayloadCodec.Encode(output => Write(output, obj)),
    };

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var input = new CodedInputStream(bytes);
        return manifest switch
        {
            IdentifyManifest => new Identify(_payloads.Read(input)),
            ActorIdentityManifest => new ActorIdentity(_payloads.Read(input), _payloads.ReadRef(input)),
            ActorRefManifest => _payloads.ReadRef(input) ?? ActorRefs.Nobody,
            PoisonPillManifest => PoisonPill.Instance,
            KillManifest => Kill.Instance,
            HeartbeatManifest => RemoteWatcher.Heartbeat.Instance,
            HeartbeatRspManifest => new RemoteWatcher.HeartbeatRsp(input.ReadInt32()),
            StatusFailureManifest => new Status.Failure(ReadException(input), _payloads.Read(input)),
            StatusSuccessManifest => new Status.Success(_payloads.Read(input)),
            _ => throw Unknown(manifest),
        };
    }

    private void Write(CodedOutputStream output, object message)
    {
        switch (message)
        {
            case Identify identify:
                _payloads.Write(output, identify.MessageId);
                break;
            case ActorIdentity identity:
                _payloads.Write(output, identity.MessageId);
                PayloadCodec.WriteRef(output, identity.Subject);
                break;
            case RemoteWatcher.HeartbeatRsp response:
                output.WriteInt32(response.AddressUid);
                break;
            case Status.Failure failure:
                output.WriteString(failure.Cause?.GetType().AssemblyQualifiedName ?? "");
                output.WriteString(failure.Cause?.Message ?? "");
                _payloads.Write(output, failure.State);
                break;
            case Status.Success success:
                _payloads.Write(output, success.Status);
                break;
            case IActorRef actor:
                PayloadCodec.WriteRef(output, actor);
                break;
        }
    }

    private static Exception? ReadException(CodedInputStream input)
    {
        var typeName = input.ReadString();
        var message = input.ReadString();
        if (typeName.Length == 0)
        {
            return null;
        }

        return Known(typeName, message) ?? new UnknownException($"{typeName}: {message}");
    }

    /// <returns>Null when this system has no such exception.</returns>
    private static Exception? Known(string typeName, string message)
    {
        var type = TypeNames.FindSent(typeName);
        var constructor = typeof(Exception).IsAssignableFrom(type) ? type.GetConstructor([typeof(string)]) : null;
        try
        {
            return (Exception?)constructor?.Invoke([message]);
        }
        catch (Exception e) when (e is TargetInvocationException or MemberAccessException or NotSupportedException)
        {
            // It wants another message, or is one of those that only others are made of.
            return null;
        }
    }

    private static SerializationException Unknown(string what) => new($"No engine message: [{what}]");

    /// <summary>Stands for an exception of a type that this system does not have.</summary>
    private sealed class UnknownException(string message) : AkkaException(message);
}
