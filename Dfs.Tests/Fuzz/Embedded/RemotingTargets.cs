using System.Buffers;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Serialization;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.Remote;
using Akka.Remote.Serialization;
using Akka.Remote.Transport;
using Akka.Serialization;
using Google.Protobuf;
using static Dfs.Tests.Fuzz.FuzzTarget;

namespace Dfs.Tests.Fuzz.Embedded;

/// <summary>What the embedded engine reads from the connections of other actor systems.</summary>
internal sealed class RemotingTargets : IFuzzTargets
{
    private const int FrameBytesMax = 4 * 1024;

    private static readonly byte[][] Words =
        [.. new[] { "ID", "AID", "AR", "PP", "K", "RWHB", "STF", "STS", "W", "UW", "DWN", "T", "IJ", "GE", "GS", "HB", "m1", "c1", "akka.tcp://fuzz@127.0.0.1:1/user/a" }.Select(Encoding.ASCII.GetBytes)];

    // One system for all: it is only asked to read.
    private static readonly Lazy<ExtendedActorSystem> System = new(() => (ExtendedActorSystem)ActorSystem.Create("fuzz", ConfigurationFactory.ParseString("""
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.actor.provider = cluster
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        """)));

    public IEnumerable<FuzzTarget> All() => [.. Frames(), .. Messages()];

    private static IEnumerable<FuzzTarget> Frames()
    {
        var buffer = new FrameBuffer();
        new Hello(7, "akka.tcp://a@127.0.0.1:1", "akka.tcp://b@127.0.0.1:2").AppendTo(buffer);
        buffer.AppendNumber(FrameKind.StreamStart, 1);
        buffer.AppendNumbered(FrameKind.SystemMessage, 1, "body"u8);
        buffer.AppendNumber(FrameKind.Ack, 1);
        buffer.Append(FrameKind.Goodbye, 1)[0] = 1;
        yield return new("remoting-frames", [buffer.Written.ToArray()], input =>
            {
                var rest = new ReadOnlySequence<byte>(input);
                var shape = 1;
                while (Frame.TryRead(ref rest, FrameBytesMax, out var frame))
                {
                    Promise(frame.Length is > 0 and <= FrameBytesMax, "a frame is within its limit");
                    var bytes = frame.ToArray();
                    shape = (shape * 8) + ((FrameKind)bytes[0] switch
                    {
                        FrameKind.Hello => Hello.Decode(bytes.AsSpan(1)).Uid > 0 ? 2 : 1,
                        FrameKind.Ack or FrameKind.StreamStart => Frame.ReadNumber(bytes.AsSpan(1)) > 1 ? 4 : 3,
                        _ => 5,
                    });
                    shape &= 0x3FFF_FFF;
                }

                return shape;
            },
            typeof(MalformedFrameException));
    }

    private static IEnumerable<FuzzTarget> Messages()
    {
        var system = System.Value;
        var cluster = new ClusterMessageSerializer(system);
        var node = new UniqueAddress(new Address("akka.tcp", "a", "127.0.0.1", 1), 7);
        object[] messages =
        [
            new InitJoin(), new InitJoinAck(node.Address), new Join(node, ["storage"]), new Heartbeat(node.Address, 5), new HeartbeatRsp(node, 5), new ExitingConfirmed(node),
        ];
        yield return new("cluster-message",
            [.. messages.Select(message => WithManifest(cluster.Manifest(message), cluster.ToBinary(message)))],
            input =>
            {
                var (manifest, body) = ManifestOf(input);
                var message = cluster.FromBinary(body, manifest);
                var written = cluster.ToBinary(message);
                Promise(cluster.ToBinary(cluster.FromBinary(written, manifest)).AsSpan().SequenceEqual(written), "what was taken is the same after it was written");
                return Shape(written.Length) + (16 * manifest.Sum(c => c));
            },
            typeof(SerializationException))
        {
            Words = Words,
            AllocatedBytesPerByte = 512,
        };
        yield return Engine("engine-message", new MiscMessageSerializer(system),
            [new Identify("a"), new ActorIdentity(null, system.DeadLetters), PoisonPill.Instance, new Status.Failure(new ArgumentException("a")), new Status.Success(null), new RemoteWatcher.HeartbeatRsp(3)]);
        yield return Engine("system-message", new SystemMessageSerializer(system),
            [new Watch((IInternalActorRef)system.DeadLetters, (IInternalActorRef)system.DeadLetters), new DeathWatchNotification(system.DeadLetters, true, false), new Terminate()]);
        yield return Selections(system);
        yield return Envelopes(system);
    }

    private static FuzzTarget Engine(string name, SerializerWithStringManifest serializer, object[] messages) =>
        new(name, [.. messages.Select(message => WithManifest(serializer.Manifest(message), serializer.ToBinary(message)))], input =>
            {
                var (manifest, body) = ManifestOf(input);
                var message = serializer.FromBinary(body, manifest);
                Promise(message is not Watch { Watchee: null } and not Watch { Watcher: null } and not Unwatch { Watchee: null } and not Unwatch { Watcher: null }
                    and not DeathWatchNotification { Actor: null }, "a message names the actors that it is about");
                return 1 + (serializer.Manifest(message).Sum(c => c) * 16);
            },
            typeof(SerializationException), typeof(InvalidProtocolBufferException))
        {
            Words = Words,
            AllocatedBytesPerByte = 1024,
            AllocatedBytesBase = 256 * 1024,
            InputsInCi = 5_000,
        };

    private static FuzzTarget Selections(ExtendedActorSystem system)
    {
        var serializer = new MessageContainerSerializer(system);
        var selection = new ActorSelectionMessage(new Identify(null), [new SelectChildName("user"), new SelectParent(), new SelectChildPattern("a*")]);
        return new("selection-message", [serializer.ToBinary(selection)],
            input => 1 + ((ActorSelectionMessage)serializer.FromBinary(input, typeof(ActorSelectionMessage))).Elements.Length,
            typeof(SerializationException), typeof(InvalidProtocolBufferException))
        {
            Words = Words,
            AllocatedBytesPerByte = 1024,
            AllocatedBytesBase = 256 * 1024,
            InputsInCi = 5_000,
        };
    }

    private static FuzzTarget Envelopes(ExtendedActorSystem system)
    {
        var encoder = new EnvelopeEncoder(system, ((RemoteActorRefProvider)system.Provider).Transport.DefaultAddress, FrameBytesMax, NoLogger.Instance);
        var dispatcher = new InboundDispatcher((RemoteActorRefProvider)system.Provider, system, NoLogger.Instance);
        var nobody = (IInternalActorRef)system.DeadLetters;
        var message = new OutboundMessage(new Identify("a"), nobody, (RemoteActorRef)system.Provider.ResolveActorRef("akka.tcp://a@127.0.0.1:1/user/a"));
        return new("remoting-envelope", [encoder.TryEncode(message)!], input =>
            {
                dispatcher.Deliver(input);
                return 1;
            },
            typeof(MalformedFrameException))
        {
            Words = Words,
            AllocatedBytesPerByte = 1024,
            AllocatedBytesBase = 1024 * 1024,
            InputsInCi = 5_000,
        };
    }

    private static byte[] WithManifest(string manifest, byte[] body) => [(byte)manifest.Length, .. Encoding.ASCII.GetBytes(manifest), .. body];

    private static (string Manifest, byte[] Body) ManifestOf(byte[] input)
    {
        var length = input.Length == 0 ? 0 : Math.Min(input[0] & 7, input.Length - 1);
        return (Encoding.ASCII.GetString(input, Math.Min(1, input.Length), length), input[Math.Min(1 + length, input.Length)..]);
    }
}
