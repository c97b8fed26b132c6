using System.Runtime.Serialization;
using Akka.Cluster;
using Akka.Cluster.Serialization;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

public sealed class GossipFormatTests
{
    [Theory, Seeds(50)]
    internal void What_was_written_is_read_back(int seed)
    {
        foreach (var gossip in new GossipHistory(seed).Views)
        {
            var read = Read(Written(gossip));

            Assert.Equal(gossip.ToString(), read.ToString());
            Assert.Equal(gossip.Tombstones, read.Tombstones);
            Assert.Equal(ClockOrder.Same, gossip.Version.CompareTo(read.Version));
            Assert.Equal(
                gossip.Reachability.Rows.Select(row => row.Value.Version), read.Reachability.Rows.Select(row => row.Value.Version));
        }
    }

    [Fact]
    public void Roles_and_negative_uids_survive()
    {
        var member = Member.Joining(Node(1, uid: -7), ["store", "großer Knoten"]);

        var read = Read(Written(GossipOf(member))).Members.Single();

        Assert.Equal(member, read);
        Assert.Equal(member.Roles.Order(), read.Roles.Order());
    }

    [Theory, Seeds(50)]
    internal void Damaged_bytes_are_refused_or_read_as_another_gossip(int seed)
    {
        var random = new Random(seed);
        var bytes = Written(new GossipHistory(seed).Views[0]);
        var refused = 0;
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var damaged = bytes.ToArray();
            damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            if (Record.Exception(() => Read(damaged)) is { } failure)
            {
                Assert.IsType<SerializationException>(failure);
                refused++;
            }
        }

        Assert.True(refused > 0);
        Assert.All(Enumerable.Range(0, bytes.Length), length => Assert.Throws<SerializationException>(() => Read(bytes[..length])));
        Assert.Throws<SerializationException>(() => Read([.. bytes, 0]));
    }

    [Fact]
    public void A_count_that_lies_does_not_allocate()
    {
        byte[] thousandsOfTexts = [0x80, 0x40];

        Assert.Throws<SerializationException>(() => new ClusterReader(thousandsOfTexts));
    }

    [Fact]
    public void Nodes_are_written_once_so_that_a_hundred_fit_a_frame()
    {
        var gossip = GossipOf([.. Enumerable.Range(1, 100).Select(number => Up(number))]).SeenByAll();
        gossip = gossip.Unreachable(1, [.. Enumerable.Range(2, 99)]);

        Assert.InRange(Written(gossip).Length, 100, 4000);
    }

    private static byte[] Written(Gossip gossip)
    {
        var to = new ClusterWriter();
        GossipFormat.Write(to, gossip);
        return to.ToArray();
    }

    private static Gossip Read(byte[] bytes)
    {
        var from = new ClusterReader(bytes);
        var gossip = GossipFormat.Read(from);
        from.RequireEnd();
        return gossip;
    }
}
