using Dfs.Actors.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Client;

public sealed class NameEntryTests
{
    private static readonly RowKey Key = new(false, default);
    private static readonly ReplicaId A = Replica(1), B = Replica(2), C = Replica(3);
    private static readonly QuorumSet Majority = QuorumSet.MajorityOf([A, B, C]);

    [Fact]
    public void A_majority_at_one_ballot_is_what_was_chosen()
    {
        var entry = new NameEntry();
        entry.Take(A, Row(sequence: 2, value: 22));
        entry.Take(B, Row(sequence: 2, value: 22));
        entry.Take(C, Row(sequence: 1, value: 11));

        Assert.Equal([22], entry.Chosen(Majority, [A, B, C])!.Value.ToArray());
    }

    [Fact]
    public void Replicas_that_differ_say_nothing_and_the_register_must_be_read()
    {
        var entry = new NameEntry();
        Assert.Null(entry.Chosen(Majority, [A, B, C]));
        entry.Take(A, Row(sequence: 2, value: 22));
        entry.Take(B, Row(sequence: 1, value: 11));

        Assert.Null(entry.Chosen(Majority, [A, B, C]));
        Assert.Null(entry.Chosen(Majority, [A, B]));
    }

    [Fact]
    public void While_a_layout_changes_the_majority_of_the_old_replicas_alone_is_not_enough()
    {
        var entry = new NameEntry();
        entry.Take(A, Row(sequence: 2, value: 22));
        entry.Take(B, Row(sequence: 2, value: 22));
        var joint = QuorumSet.MajorityOfBoth([A, B, C], [B, C, Replica(4)]);

        Assert.Null(entry.Chosen(joint, [A, B, C, Replica(4)]));
        entry.Take(Replica(4), Row(sequence: 2, value: 22));
        Assert.Equal([22], entry.Chosen(joint, [A, B, C, Replica(4)])!.Value.ToArray());
    }

    private static RegisterRow Row(ulong sequence, byte value)
    {
        var ballot = new Ballot(1, A, 1, sequence);
        return new RegisterRow(Key, ballot.Next, ballot, new[] { value }, 0, sequence);
    }

    private static ReplicaId Replica(int number) => new(new Bytes16(0, (ulong)number));
}
