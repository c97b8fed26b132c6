using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Repair;

public sealed class CopyTallyTests
{
    private const int Nodes = 6;

    private static readonly Layout Six = Members.First(Nodes);

    // Property: the count is what somebody finds who looks at each chunk and each node by itself.
    [Theory, Seeds(50)]
    public void Copies_are_counted_one_by_one(int seed)
    {
        var random = new Random(seed);
        var layout = random.Next(3) == 0 ? Six.ChangeStart([.. Six.Members, Members.Member(Nodes + 1)]) : Six;
        var partition = new PartitionId(random.Next(PartitionId.Count));
        var chunks = Enumerable.Range(0, 30).Select(number => Chunk(partition, number)).ToList();
        var held = layout.Everyone.Select(member => member.Id).Where(_ => random.Next(4) > 0).ToDictionary(
            id => id, _ => (IReadOnlySet<ChunkId>)chunks.Where(_ => random.Next(3) > 0).ToHashSet());

        var counted = CopyTally.ChunksOf(layout, partition, held, chunk => 100 + chunks.IndexOf(chunk));

        var expected = default(CopyCount);
        for (var number = 0; number < chunks.Count; number++)
        {
            var copies = held.Count(node => node.Value.Contains(chunks[number]));
            if (copies > 0)
            {
                var missing = layout.NextChunkReplicasOf(partition).Count(node => held.ContainsKey(node) && !held[node].Contains(chunks[number]));
                var (fewer, single) = (copies < 3 ? 1 : 0, copies == 1 ? 1 : 0);
                var size = 100 + number;
                expected = expected.Plus(new CopyCount(1, size, fewer, fewer * size, single, single * size, missing, missing * size));
            }
        }

        Assert.Equal(expected, counted);
    }

    [Fact]
    public void What_the_counting_node_does_not_have_counts_as_its_average_chunk()
    {
        var partition = new PartitionId(5);
        var (here, elsewhere) = (Chunk(partition, 1), Chunk(partition, 2));
        var replicas = Six.NextChunkReplicasOf(partition);
        var held = new Dictionary<ReplicaId, IReadOnlySet<ChunkId>>
        {
            [replicas[0]] = new HashSet<ChunkId> { here },
            [replicas[1]] = new HashSet<ChunkId> { here, elsewhere },
        };

        var counted = CopyTally.ChunksOf(Six, partition, held, chunk => chunk == here ? 700 : null);

        Assert.Equal(new CopyCount(2, 1400, 2, 1400, 1, 700, 1, 700), counted);
    }

    // Property: whoever answers, each partition is counted by one member that answers and has it, or by none when none answers.
    [Theory, Seeds(20)]
    public void Each_partition_is_counted_once(int seed)
    {
        var random = new Random(seed);
        var layout = random.Next(2) == 0 ? Six : Six.ChangeStart([.. Six.Members.Skip(1), Members.Member(Nodes + 1)]);
        var here = layout.Everyone.Select(member => member.Id).Where(_ => random.Next(2) == 0).ToHashSet();

        foreach (var partition in PartitionId.All)
        {
            var had = (layout.IsJoint ? layout.OldChunkReplicasOf(partition) : layout.NextChunkReplicasOf(partition)).Where(here.Contains).ToList();
            Assert.Equal(had.Count == 0 ? null : had[0], CopyTally.TellerOf(layout, partition, here));
        }
    }

    [Fact]
    public void Numbers_of_another_layout_or_of_others_who_answered_are_not_of_now_and_who_is_away_says_nothing()
    {
        var here = Six.Members.Select(member => member.Id).Take(4).ToHashSet();
        var (count, heads) = (new CopyCount(1, 2, 3, 4, 5, 6, 7, 8), new HeadCount(1, 2, 3, 4));
        var facts = Six.Members.ToDictionary(member => member.Id, _ => new RepairFacts(Six.Number, CopyTally.MarkOf(here), count, heads));

        var redundancy = Redundancy.Of(Six, here, facts);

        Assert.True(redundancy.IsCounted);
        Assert.Equal((4, 32, 16), (redundancy.Chunks.Chunks, redundancy.Chunks.MissingBytes, redundancy.Heads.Unserved));
        Assert.Equal(
            PartitionId.All.Count(partition => Six.ReplicasOf(partition).Count(here.Contains) < 2), redundancy.PartitionsUnserved);
        var one = here.First();
        Assert.False(Redundancy.Of(Six, here, new Dictionary<ReplicaId, RepairFacts>(facts) { [one] = facts[one] with { CountedWith = 1 } }).IsCounted);
        Assert.False(Redundancy.Of(Six, here, new Dictionary<ReplicaId, RepairFacts>(facts) { [one] = RepairFacts.None }).IsCounted);
    }

    [Fact]
    public void Time_left_is_said_when_it_is_known_and_else_not()
    {
        var counted = new Redundancy(true, new CopyCount(10, 100, 5, 50, 0, 0, 5, 50), default, 0, 0, 0);
        RepairFacts[] facts = [RepairFacts.None with { BytesPerSecond = 4 }, RepairFacts.None with { BytesPerSecond = 6, Phase = RepairPhase.Comparing, PartitionsLeft = 7 }];

        Assert.Equal((5.0, "comparing", 7), (RepairProgress.Of(counted, facts) is var p ? p.SecondsLeft : 0, p.State, p.PartitionsLeft));
        Assert.Null(RepairProgress.Of(counted, [RepairFacts.None]).SecondsLeft);
        Assert.Null(RepairProgress.Of(counted with { IsCounted = false }, facts).SecondsLeft);
        Assert.Equal(0, RepairProgress.Of(counted with { Chunks = default }, facts).SecondsLeft);
    }

    [Fact]
    public void A_rate_is_of_the_last_ten_seconds()
    {
        var rate = Enumerable.Range(0, 31).Aggregate(
            RateWindow.Empty, (window, second) => window.Add(TimeSpan.FromSeconds(second), second <= 20 ? 100 * second : 2000));

        Assert.Equal(0, RateWindow.Empty.PerSecond);
        Assert.Equal(0, rate.PerSecond);
        Assert.Equal(100, Enumerable.Range(0, 15).Aggregate(RateWindow.Empty, (w, s) => w.Add(TimeSpan.FromSeconds(s), 100 * s)).PerSecond);
        Assert.Equal(50, Enumerable.Range(0, 26).Aggregate(RateWindow.Empty, (w, s) => w.Add(TimeSpan.FromSeconds(s), s <= 20 ? 100 * s : 2000)).PerSecond);
    }

    private static ChunkId Chunk(PartitionId partition, int number)
    {
        var bytes = new byte[32];
        bytes[0] = (byte)(partition.Index >> 2);
        bytes[1] = (byte)((partition.Index & 3) << 6);
        bytes[31] = (byte)number;
        return new ChunkId(bytes);
    }
}
