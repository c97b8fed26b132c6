using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Repair;

public sealed class AuditLedgerTests
{
    private static readonly ReplicaId Peer = Members.Id(2), Other = Members.Id(3);

    private static readonly ChunkId Chunk = ChunkTree.IdOf("chunk"u8);

    private static readonly TimeSpan Later = AuditLedger.RecheckAfter;

    [Fact]
    public void So_many_samples_meet_a_loss_of_one_in_a_hundred_with_99_percent() =>
        Assert.InRange(1 - Math.Pow(0.99, AuditLedger.SamplesMin), 0.99, 0.9905);

    [Fact]
    public void Who_fails_with_the_same_chunk_again_later_is_caught_and_nobody_else_is()
    {
        var (doubted, atOnce) = AuditLedger.Empty.Wrong(Peer, Chunk, TimeSpan.Zero);
        var (again, tooSoon) = doubted.Wrong(Peer, Chunk, Later - TimeSpan.FromTicks(1));
        Assert.Null(again.Due(Later - TimeSpan.FromTicks(1)));
        Assert.Equal((Peer, Chunk), again.Due(Later));

        var (caught, isCaught) = again.Wrong(Peer, Chunk, Later);

        Assert.Equal((false, false, true), (atOnce, tooSoon, isCaught));
        Assert.Equal((false, true), (caught.IsBelieved(Peer), caught.IsBelieved(Other)));
        Assert.Null(caught.Due(2 * Later));
        Assert.Equal(3, caught.Peers[Peer].Wrong);
    }

    [Fact]
    public void Who_has_healed_by_the_second_question_or_says_that_it_has_not_is_believed()
    {
        var (doubted, _) = AuditLedger.Empty.Wrong(Peer, Chunk, TimeSpan.Zero);

        Assert.Null(doubted.Right(Peer, Chunk).Due(Later));
        Assert.Null(doubted.Admitted(Peer, Chunk).Due(Later));
        Assert.True(doubted.Right(Peer, Chunk).Wrong(Peer, Chunk, Later).Next.IsBelieved(Peer));
    }

    [Fact]
    public void Silence_puts_a_doubt_off_and_catches_nobody()
    {
        var (doubted, _) = AuditLedger.Empty.Wrong(Peer, Chunk, TimeSpan.Zero);

        var silent = doubted.Unanswered(Peer, Chunk, Later);

        Assert.Null(silent.Due(Later));
        Assert.Equal((Peer, Chunk), silent.Due(2 * Later));
        Assert.True(silent.IsBelieved(Peer));
    }

    [Fact]
    public void Who_was_caught_is_believed_again_after_many_right_answers_in_a_row()
    {
        var ledger = AuditLedger.Empty.Wrong(Peer, Chunk, TimeSpan.Zero).Next.Wrong(Peer, Chunk, Later).Next;
        for (var sample = 1; sample < AuditLedger.SamplesMin; sample++)
        {
            ledger = ledger.Right(Peer, Chunk);
        }

        Assert.False(ledger.IsBelieved(Peer));
        Assert.False(ledger.Wrong(Peer, Chunk, Later).Next.Right(Peer, Chunk).IsBelieved(Peer));
        Assert.True(ledger.Right(Peer, Chunk).IsBelieved(Peer));
    }

    [Fact]
    public void A_peer_that_has_lost_everything_takes_no_more_memory_than_the_bound()
    {
        var ledger = AuditLedger.Empty;
        for (var number = 0; number < 1000; number++)
        {
            ledger = ledger.Wrong(Peer, ChunkTree.IdOf(BitConverter.GetBytes(number)), TimeSpan.Zero).Next;
        }

        var due = 0;
        while (ledger.Due(Later) is { } next)
        {
            (due, ledger) = (due + 1, ledger.Settled(next.Peer, next.Chunk));
        }

        Assert.Equal(AuditLedger.DoubtsMax, due);
    }
}
