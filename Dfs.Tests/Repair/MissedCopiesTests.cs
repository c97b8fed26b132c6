using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Repair;

public class MissedCopiesTests
{
    private static readonly ReplicaId A = Members.Id(1), B = Members.Id(2);

    private static readonly TimeSpan Begin = TimeSpan.FromSeconds(100), Due = Begin + MissedCopies.Patience;

    [Fact]
    public void What_was_missed_is_told_after_a_moment_and_again_until_it_is_settled()
    {
        var missed = MissedCopies.Empty.Note(A, Chunk(1), Begin).Note(A, Register(2), Begin);
        Assert.Empty(missed.TakeDue(Due - TimeSpan.FromTicks(1), Hears).Due);

        (missed, var first) = missed.TakeDue(Due, Hears);
        var page = Assert.Single(first);
        Assert.Equal((A, Chunk(1), Register(2), false), (page.By, Assert.Single(page.Chunks), Assert.Single(page.Registers), page.IsMore));
        Assert.Empty(missed.TakeDue(Due + MissedCopies.RetryMin - TimeSpan.FromTicks(1), Hears).Due);

        // What comes meanwhile waits for the next page: an answer is about what was told.
        missed = missed.Note(A, Chunk(3), Due);
        (missed, var again) = missed.TakeDue(Due + MissedCopies.RetryMin, Hears);
        Assert.Same(page, Assert.Single(again));
        missed = missed.Settle(A, page.Page, Due);
        Assert.Equal(1, missed.Count);
        (missed, var next) = missed.TakeDue(Due, Hears);
        Assert.Equal(Chunk(3), Assert.Single(Assert.Single(next).Chunks));
        Assert.Same(missed, missed.Settle(A, page.Page, Due));
        Assert.Equal(0, missed.Settle(A, next[0].Page, Due).Count);
    }

    [Fact]
    public void Who_cannot_hear_is_told_as_soon_as_it_can()
    {
        var missed = MissedCopies.Empty.Note(A, Chunk(1), Begin).TakeDue(Due, Hears).Next;
        (missed, var due) = missed.TakeDue(Due, _ => false);
        Assert.Empty(due);

        Assert.Single(missed.TakeDue(Due, Hears).Due);
    }

    [Fact]
    public void Silence_makes_the_next_attempt_come_later_and_never_later_than_a_minute()
    {
        var missed = MissedCopies.Empty.Note(A, Chunk(1), Begin);
        var (at, waits) = (Due, new List<double>());
        for (var attempt = 0; attempt < 8; attempt++)
        {
            (missed, var due) = missed.TakeDue(at, Hears);
            Assert.Single(due);
            var told = at;
            while (missed.TakeDue(at, Hears).Due.IsEmpty)
            {
                at += TimeSpan.FromSeconds(1);
            }

            waits.Add((at - told).TotalSeconds);
        }

        Assert.Equal([2, 4, 8, 16, 32, 60, 60, 60], waits);
    }

    [Fact]
    public void More_than_is_remembered_becomes_a_wish_to_compare_everything_and_takes_no_memory()
    {
        var missed = MissedCopies.Empty;
        for (var number = 0; number <= MissedCopies.PerPeerMax; number++)
        {
            missed = missed.Note(A, Chunk(number), Begin);
        }

        missed = missed.Note(A, Register(1), Begin).Note(B, Chunk(1), Begin);
        Assert.Equal(1, missed.Count);
        (missed, var due) = missed.TakeDue(Due, Hears);
        var page = due.Single(page => page.By == A);
        Assert.True(page is { IsMore: true, Chunks.IsEmpty: true, Registers.IsEmpty: true });
        Assert.DoesNotContain(missed.Settle(A, page.Page, Due).TakeDue(Due + TimeSpan.FromHours(1), Hears).Due, page => page.By == A);
    }

    [Fact]
    public void Who_left_the_layout_is_forgotten()
    {
        var missed = MissedCopies.Empty.Note(A, Chunk(1), Begin).Note(B, Chunk(2), Begin).KeepOnly(replica => replica == B);

        Assert.Equal(B, Assert.Single(missed.TakeDue(Due, Hears).Due).By);
    }

    // Property: whatever is noted, lost and answered, everything is settled in the end, nothing that was not noted is told, and no limit is passed.
    [Theory, Seeds(100)]
    public void All_that_is_noted_is_told_whatever_gets_lost(int seed)
    {
        var random = new Random(seed);
        var (missed, now) = (MissedCopies.Empty, Begin);
        var (noted, settled, open) = (new HashSet<(ReplicaId, object)>(), new HashSet<(ReplicaId, object)>(), new List<MissedPage>());
        for (var step = 0; step < 400 || missed.Count > 0; step++)
        {
            var by = random.Next(2) == 0 ? A : B;
            switch (step < 400 ? random.Next(4) : 3)
            {
                case 0 when random.Next(2) == 0:
                    var chunk = Chunk(random.Next(500));
                    missed = missed.Note(by, chunk, now);
                    noted.Add((by, chunk));
                    break;
                case 0:
                    var register = Register(random.Next(500));
                    missed = missed.Note(by, register, now);
                    noted.Add((by, register));
                    break;
                case 1 when open.Count > 0:
                    // An answer, maybe an old one, maybe twice.
                    Settle(open[random.Next(open.Count)]);
                    break;
                default:
                    now += TimeSpan.FromSeconds(random.Next(1, 90));
                    (missed, var due) = missed.TakeDue(now, replica => step >= 400 || replica == by);
                    Assert.All(due, page => Assert.InRange(page.Chunks.Length + page.Registers.Length, 1, MissedCopies.PageMax));
                    Assert.All(due, page => Assert.All(Ids(page), id => Assert.Contains((page.By, id), noted)));
                    open.AddRange(due);
                    foreach (var page in due.Where(_ => random.Next(2) == 0))
                    {
                        Settle(page);
                    }

                    break;
            }
        }

        Assert.Equal(noted, settled);

        void Settle(MissedPage page)
        {
            missed = missed.Settle(page.By, page.Page, now);
            settled.UnionWith(Ids(page).Select(id => (page.By, id)));
        }
    }

    private static IEnumerable<object> Ids(MissedPage page) =>
        page.Chunks.Select(chunk => (object)chunk).Concat(page.Registers.Select(register => (object)register));

    private static bool Hears(ReplicaId replica) => true;

    private static ChunkId Chunk(int number) => new(Id(number));

    private static RegisterId Register(int number) => new(Id(number));

    private static Bytes32 Id(int number)
    {
        var bytes = new byte[Bytes32.SizeBytes];
        BitConverter.TryWriteBytes(bytes, number);
        return new Bytes32(bytes);
    }
}
