using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using Dfs.Tests.Simulation;
using static Dfs.Core.Catalog.CatalogProtocol;
using static Dfs.Tests.Catalog.TestReplicas;

namespace Dfs.Tests.Catalog;

public class ProposerTests
{
    private readonly TestReplicas _replicas = new();

    [Fact]
    public void A_first_put_takes_two_rounds_and_the_next_one_round()
    {
        var proposer = new TestProposer(_replicas, 1);

        proposer.Put(1, 10);
        proposer.Deliver(1, 2, 3);
        Assert.IsType<Accept>(proposer.Sent[0].Request);
        proposer.Deliver(1, 2);
        Assert.IsType<ChangeDone>(proposer.Outcome);

        proposer.Put(2, 20);
        Assert.IsType<Accept>(proposer.Sent[0].Request);
        proposer.Deliver(2, 1);
        Assert.IsType<ChangeDone>(proposer.Outcome);
    }

    [Fact]
    public void A_change_that_is_done_says_who_has_not_accepted_it_and_a_read_or_a_refusal_says_nobody()
    {
        var proposer = new TestProposer(_replicas, 1);
        proposer.Put(1, 10);
        proposer.Deliver(1, 2, 3);
        proposer.Deliver(1, 3);
        Assert.Equal([Placement.Members.Id(2)], proposer.End!.Behind);

        _replicas.Full.Add(3);
        proposer.Put(2, 20);
        proposer.Deliver(3, 2, 1);
        Assert.IsType<ChangeDone>(proposer.Outcome);
        Assert.Equal([Placement.Members.Id(3)], proposer.End.Behind);

        proposer.Start(3, null);
        proposer.Deliver(1, 2, 3);
        Assert.IsType<ReadDone>(proposer.Outcome);
        Assert.Empty(proposer.End.Behind);
        proposer.Start(4, _ => new RefuseChange("no"));
        proposer.Deliver(1, 2);
        Assert.IsType<ChangeRefused>(proposer.Outcome);
        Assert.Empty(proposer.End.Behind);
    }

    [Fact]
    public void With_the_partitions_promise_a_fresh_register_needs_no_promise_of_its_own()
    {
        var proposer = new TestProposer(_replicas, 1);
        proposer.Put(1, 10, PartitionClaim.IfFree);
        proposer.Deliver(1, 2, 3);
        proposer.Deliver(1, 2, 3);
        Assert.NotNull(proposer.Leases.Held(Key.Partition));

        var other = new TestProposer(_replicas, 2);
        other.Put(2, 20, PartitionClaim.IfFree);
        other.Deliver(1, 2, 3);
        other.Deliver(1, 2, 3);
        other.Deliver(1, 2, 3);

        // The other one went round the register alone: the partition is still promised to the first.
        Assert.IsType<ChangeDone>(other.Outcome);
        Assert.Equal(Placement.Members.Id(1), _replicas.Rows(1).Partition.Promise.Replica);
        Assert.Equal(Placement.Members.Id(1), other.Leases.HeldByOther(Key.Partition));
    }

    [Fact]
    public void A_partition_claimed_ahead_makes_the_first_write_to_it_one_that_reads_and_accepts()
    {
        var proposer = new TestProposer(_replicas, 1);
        proposer.ClaimAhead();
        proposer.Deliver(1, 3);
        Assert.IsType<PartitionClaimed>(proposer.Outcome);

        proposer.Put(1, 10, PartitionClaim.IfFree);
        Assert.All(proposer.Sent, sent => Assert.IsType<Read>(sent.Request));
        proposer.Deliver(1, 3);
        Assert.All(proposer.Sent, sent => Assert.IsType<Accept>(sent.Request));
        proposer.Deliver(1, 3);

        Assert.IsType<ChangeDone>(proposer.Outcome);
    }

    [Fact]
    public void A_claim_ahead_takes_nothing_from_who_holds_the_partition_and_is_not_tried_again()
    {
        var holder = new TestProposer(_replicas, 1);
        holder.Put(1, 10, PartitionClaim.IfFree);
        holder.Deliver(1, 2, 3);
        holder.Deliver(1, 2, 3);
        var (before, register) = (_replicas.Rows(2).Partition, _replicas.Rows(2).Register);

        var other = new TestProposer(_replicas, 2);
        other.ClaimAhead();
        other.Deliver(1, 2);

        Assert.IsType<Unavailable>(other.Outcome);
        Assert.Empty(other.Sent);
        Assert.Equal((before, register), (_replicas.Rows(2).Partition, _replicas.Rows(2).Register));
        other.ClaimAhead();
        Assert.Empty(other.Sent);
    }

    [Fact]
    public void A_claim_ahead_that_nobody_answers_ends_with_its_round()
    {
        var proposer = new TestProposer(_replicas, 1);
        proposer.ClaimAhead();
        var attempt = proposer.Sent[0].Attempt;
        proposer.Sent.Clear();

        proposer.Timer(attempt);

        Assert.IsType<Unavailable>(proposer.Outcome);
        Assert.Empty(proposer.Sent);
    }

    [Theory, Seeds(20)]
    public void Claims_ahead_are_for_the_next_partitions_that_nobody_is_known_to_hold(int seed)
    {
        var random = new Random(seed);
        var leases = PartitionLeases.Empty(Placement.Members.Id(1), 1, _replicas.Layout.Number);
        foreach (var partition in PartitionId.All.Where(_ => random.Next(2) == 0))
        {
            leases = random.Next(2) == 0
                ? leases.Hold(partition, new(1, Placement.Members.Id(1), 1, 1))
                : leases.Saw(partition, new(1, Placement.Members.Id(2), 1, 1), new(1, Placement.Members.Id(2), 1, 1));
        }

        var written = new PartitionId(random.Next(PartitionId.Count));
        var ahead = leases.ClaimAhead(written).ToList();

        Assert.Equal(
            PartitionId.All.Where(partition => partition != written && leases.IsUnclaimed(partition))
                .OrderBy(partition => (partition.Index - written.Index + PartitionId.Count) % PartitionId.Count).Take(PartitionLeases.ClaimsAhead),
            ahead);
        Assert.All(ahead, partition => Assert.Equal(partition, RowKey.OfClaim(partition).Partition));
    }

    [Fact]
    public void A_read_of_an_absent_register_writes_nothing()
    {
        var proposer = new TestProposer(_replicas, 1);

        proposer.Start(1, null);
        proposer.Deliver(1, 3);

        Assert.Null(Assert.IsType<ReadDone>(proposer.Outcome).View.Value);
        Assert.Equal(Core.Catalog.Ballot.None, _replicas.Rows(1).Register.Promise);
    }

    [Fact]
    public void A_read_that_sees_two_ballots_writes_the_higher_back_before_it_answers()
    {
        _replicas.Handle(1, _replicas.Accept(Ballot(1, 2), 7), 2);
        var proposer = new TestProposer(_replicas, 3);

        proposer.Start(1, null);
        proposer.Deliver(1, 2);
        proposer.Timer(1);
        proposer.Deliver(1, 2);
        Assert.Null(proposer.Outcome);
        proposer.Deliver(2, 3);

        Assert.Equal(7, SimValue.Seen(Assert.IsType<ReadDone>(proposer.Outcome).View));
        Assert.Equal(_replicas.Rows(2).Register.Accepted, _replicas.Rows(3).Register.Accepted);
    }

    [Fact]
    public void A_refusal_over_a_value_that_is_not_chosen_makes_it_chosen_first()
    {
        _replicas.Handle(1, _replicas.Accept(Ballot(1, 2), 7), 2);
        var proposer = new TestProposer(_replicas, 3);

        proposer.Start(1, view => view.Value is null ? new WriteValue(new byte[12]) : new RefuseChange("exists"));
        proposer.Deliver(1, 3);
        Assert.Null(proposer.Outcome);
        proposer.Deliver(2, 3);

        Assert.IsType<ChangeRefused>(proposer.Outcome);
        Assert.True(_replicas.Rows(2).Register.HasValue);
    }

    [Fact]
    public void What_was_asked_of_a_council_is_not_asked_of_the_next_one()
    {
        var early = new TestProposer(_replicas, 1);
        early.ProposeLayout();
        var late = new TestProposer(_replicas, 2);
        late.ProposeLayout();
        late.Deliver(1, 2);
        Assert.All(late.Sent.TakeLast(3), message => Assert.IsType<Accept>(message.Request));
        early.Sent.Clear();
        late.Sent.Clear();

        _replicas.Layout = _replicas.Layout.ReplaceStart(Members.Id(3), Members.Member(4));
        early.LearnLayout();
        late.LearnLayout();

        Assert.IsType<Unavailable>(early.Outcome);
        Assert.IsType<Indeterminate>(late.Outcome);
        Assert.Empty(early.Sent.Concat(late.Sent));
    }

    [Fact]
    public void After_a_lost_answer_the_operation_is_recognised_and_not_made_twice()
    {
        var proposer = new TestProposer(_replicas, 1);
        var applied = 0;
        proposer.Start(1, view =>
        {
            applied++;
            return new WriteValue(SimValue.After(view, 10, new(new Bytes16(0, 1))));
        });
        proposer.Deliver(1, 2);
        proposer.DeliverWithoutAnswer(1, 2);
        proposer.Timer(2);
        proposer.Timer(3);

        proposer.Deliver(1, 2);

        Assert.Equal(1, applied);
        Assert.IsType<ChangeDone>(proposer.Outcome);
    }

    [Fact]
    public void A_draft_is_proposed_when_it_is_finished_also_on_a_lease()
    {
        var proposer = new TestProposer(_replicas, 1);
        proposer.Draft(1, 10);
        proposer.Deliver(1, 2, 3);
        Assert.Empty(proposer.Sent);
        proposer.Finish(proposer.Drafts[0]);
        proposer.Deliver(1, 2, 3);
        Assert.IsType<ChangeDone>(proposer.Outcome);

        proposer.Draft(2, 20);
        Assert.Empty(proposer.Sent);
        proposer.Finish(proposer.Drafts[1]);
        Assert.IsType<Accept>(proposer.Sent[0].Request);
        proposer.Deliver(1, 3);

        Assert.IsType<ChangeDone>(proposer.Outcome);
    }

    [Fact]
    public void After_a_refusal_the_new_value_is_drafted_and_the_old_draft_is_dropped()
    {
        var proposer = new TestProposer(_replicas, 1);
        proposer.Draft(1, 10);
        proposer.Deliver(1, 2, 3);
        var other = new TestProposer(_replicas, 2);
        other.Put(2, 20);
        other.Deliver(1, 2, 3);
        other.Deliver(1, 2, 3);
        Assert.IsType<ChangeDone>(other.Outcome);

        proposer.Finish(proposer.Drafts[0]);
        proposer.Deliver(1, 2, 3);
        proposer.Timer(4);
        proposer.Deliver(1, 2, 3);
        proposer.Finish(proposer.Drafts[0]);
        Assert.Empty(proposer.Sent);
        proposer.Finish(proposer.Drafts[1]);
        proposer.Deliver(1, 2, 3);

        var value = Assert.IsType<ChangeDone>(proposer.Outcome).Value;
        Assert.Equal([new(new Bytes16(0, 1)), new(new Bytes16(0, 2))], SimValue.Rules.Operations(value));
    }

    [Fact]
    public void A_draft_that_is_never_finished_ends_with_nothing_written()
    {
        var proposer = new TestProposer(_replicas, 1);
        proposer.Draft(1, 10);
        proposer.Deliver(1, 2, 3);

        proposer.Timer(Proposer.DeadlineAttempt);
        proposer.Finish(proposer.Drafts[0]);

        Assert.IsType<Unavailable>(proposer.Outcome);
        Assert.Empty(proposer.Sent);
    }

    [Fact]
    public void A_lost_operation_that_fell_out_of_the_window_is_indeterminate()
    {
        var proposer = new TestProposer(_replicas, 1);
        proposer.Put(1, 10);
        proposer.Deliver(1, 2);
        proposer.DeliverWithoutAnswer(1, 2);

        var other = new TestProposer(_replicas, 2);
        for (var operation = 2; operation < 2 + SimValue.OperationsKept; operation++)
        {
            other.Put(operation, operation);
            other.Deliver(1, 2, 3);
            other.Timer(2);
            other.Deliver(1, 2, 3);
            other.Deliver(1, 2, 3);
        }

        proposer.Timer(2);
        proposer.Timer(3);
        proposer.Deliver(1, 2, 3);
        proposer.Timer(4);
        proposer.Timer(5);
        proposer.Deliver(1, 2, 3);

        Assert.IsType<Indeterminate>(proposer.Outcome);
    }

    [Fact]
    public void An_operation_that_ends_in_doubt_gives_its_promises_up()
    {
        var proposer = new TestProposer(_replicas, 1);
        proposer.Put(1, 10, PartitionClaim.IfFree);
        proposer.Deliver(1, 2, 3);
        proposer.Deliver(1, 2, 3);

        proposer.Put(2, 20);
        proposer.DeliverWithoutAnswer(1, 2);
        proposer.Timer(Proposer.DeadlineAttempt);

        // Accepting again on the old promise, from the old value, would undo the put that nobody heard of.
        Assert.IsType<Indeterminate>(proposer.Outcome);
        Assert.Null(proposer.Leases.Find(Key));
        Assert.Null(proposer.Leases.Held(Key.Partition));
        proposer.Start(3, view => SimValue.Seen(view) == 10 ? new WriteValue(new byte[12]) : new RefuseChange(SimValue.Seen(view)));
        while (proposer.Outcome is not ChangeRefused)
        {
            Assert.NotEmpty(proposer.Sent);
            proposer.Deliver(1, 2, 3);
        }

        Assert.Equal(20, ((ChangeRefused)proposer.Outcome).Reason);
    }

    [Fact]
    public void Without_a_quorum_it_is_unavailable_before_and_indeterminate_after_the_accept()
    {
        var proposer = new TestProposer(_replicas, 1);
        proposer.Put(1, 10);
        proposer.Deliver(1);
        proposer.Timer(Proposer.DeadlineAttempt);
        Assert.IsType<Unavailable>(proposer.Outcome);

        proposer.Put(2, 20);
        proposer.Deliver(1, 2);
        proposer.Deliver(1);
        proposer.Timer(Proposer.DeadlineAttempt);
        Assert.IsType<Indeterminate>(proposer.Outcome);
    }

    [Fact]
    public void A_change_ends_at_once_when_too_few_replicas_have_room_and_goes_on_while_enough_have()
    {
        var proposer = new TestProposer(_replicas, 1);
        _replicas.Full.Add(2);
        proposer.Put(1, 10);
        proposer.Deliver(1, 2, 3);
        proposer.Deliver(1, 2, 3);
        Assert.IsType<ChangeDone>(proposer.Outcome);

        _replicas.Full.Add(3);
        var other = new TestProposer(_replicas, 2);
        other.Put(2, 20);
        other.Deliver(1, 2, 3);

        Assert.IsType<NoRoom>(other.Outcome);
    }

    [Fact]
    public void With_an_accept_on_its_way_a_full_disk_is_no_answer()
    {
        var proposer = new TestProposer(_replicas, 1);
        proposer.Put(1, 10);
        proposer.Deliver(1, 2, 3);
        _replicas.Full.UnionWith([2, 3]);
        proposer.Deliver(1, 2, 3);
        for (var attempt = 2; attempt < 10 && proposer.Sent.Count == 0; attempt++)
        {
            proposer.Timer(attempt);
        }

        Assert.IsType<Prepare>(proposer.Sent[0].Request);
        proposer.Deliver(1, 2, 3);
        Assert.Null(proposer.Outcome);
        proposer.Timer(Proposer.DeadlineAttempt);

        Assert.IsType<Indeterminate>(proposer.Outcome);
    }
}
