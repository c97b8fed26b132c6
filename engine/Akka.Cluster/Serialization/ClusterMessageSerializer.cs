using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Akka.Cluster.Serialization;

/// <summary>What nodes say to each other about the cluster, as bytes; see <see cref="ClusterWriter"/> for the layout.</summary>
public class ClusterMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public override string Manifest(object o) => o switch
    {
        InitJoin => "IJ",
        InitJoinAck => "IJA",
        InitJoinNack => "IJN",
        Join => "J",
        Welcome => "W",
        GossipEnvelope => "GE",
        GossipStatus => "GS",
        ExitingConfirmed => "EC",
        Heartbeat => "HB",
        HeartbeatRsp => "HBR",
        _ => throw new ArgumentException($"Not a cluster message: {o.GetType()}", nameof(o)),
    };

    public override byte[] ToBinary(object obj)
    {
        var to = new ClusterWriter();
        switch (obj)
        {
            case InitJoin: break;
            case InitJoinAck ack: to.Address(ack.Address); break;
            case InitJoinNack nack: to.Address(nack.Address); break;
            case ExitingConfirmed confirmed: to.Node(confirmed.Node); break;
            case Join join:
                to.Node(join.Node);
                to.Each(join.Roles, to.Text);
                break;
            case Welcome welcome:
                to.Node(welcome.From);
                GossipFormat.Write(to, welcome.Gossip);
                break;
            case GossipEnvelope envelope:
                to.Node(envelope.From);
                to.Node(envelope.To);
                GossipFormat.Write(to, envelope.Gossip);
                break;
            case GossipStatus status:
                to.Node(status.From);
                GossipFormat.WriteVersions(to, status.Version.Versions);
                break;
            case Heartbeat beat:
                to.Address(beat.From);
                to.Number(beat.SequenceNr);
                break;
            case HeartbeatRsp answer:
                to.Node(answer.From);
                to.Number(answer.SequenceNr);
                break;
            default: throw new ArgumentException($"Not a cluster message: {obj.GetType()}", nameof(obj));
        }

        return to.ToArray();
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var from = new ClusterReader(bytes);
        object message = manifest switch
        {
            "IJ" => new InitJoin(),
            "IJA" => new InitJoinAck(from.Address()),
            "IJN" => new InitJoinNack(from.Address()),
            "J" => new Join(from.Node(), [.. from.Many(from.Text)]),
            "W" => new Welcome(from.Node(), GossipFormat.Read(from)),
            "GE" => new GossipEnvelope(from.Node(), from.Node(), GossipFormat.Read(from)),
            "GS" => new GossipStatus(from.Node(), new VectorClock(GossipFormat.ReadVersions(from))),
            "EC" => new ExitingConfirmed(from.Node()),
            "HB" => new Heartbeat(from.Address(), from.Number()),
            "HBR" => new HeartbeatRsp(from.Node(), from.Number()),
            _ => throw new SerializationException($"Unknown cluster message {manifest}"),
        };
        from.RequireEnd();
        return message;
    }
}
