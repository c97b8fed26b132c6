using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Tests.Placement;
using Dfs.Tests.Simulation;
using static Dfs.Core.Catalog.CatalogProtocol;
using static Dfs.Tests.Catalog.TestReplicas;

namespace Dfs.Tests.Catalog;

public class AcceptorTests
{
    private readonly TestReplicas _replicas = new();

    [Fact]
    public void A_partitions_promise_leaves_its_proposer_every_later_sequence_and_others_nothing()
    {
        _replicas.Handle(1, _replicas.Prepare(Ballot(5, 1), PrepareScope.PartitionIfFree), 1);

        Assert.IsType<Accepted>(_replicas.Handle(1, _replicas.Accept(Ballot(5, 1, 9), 1), 1));
        Assert.IsType<BallotRefused>(_replicas.Handle(1, _replicas.Accept(Ballot(4, 2), 2), 2));
        Assert.IsType<PartitionHeld>(_replicas.Handle(1, _replicas.Prepare(Ballot(9, 2), PrepareScope.PartitionIfFree), 2));
        Assert.IsType<Promised>(_replicas.Handle(1, _replicas.Prepare(Ballot(9, 2), PrepareScope.Partition), 2));
    }

    [Fact]
    public void A_ballot_must_be_its_senders_and_of_its_present_start()
    {
        Assert.IsType<SenderRefused>(_replicas.Handle(1, _replicas.Prepare(Ballot(1, 2)), 3));
        Assert.IsType<SenderRefused>(_replicas.Handle(1, _replicas.Prepare(Ballot(1, 2) with { Start = 0 }), 2));
        Assert.IsType<SenderRefused>(_replicas.Handle(1, _replicas.Prepare(Ballot(2 + Core.Catalog.Ballot.RoundJumpMax, 2)), 2));
    }

    [Fact]
    public void Nothing_is_answered_under_another_number_or_by_whom_the_layout_does_not_name()
    {
        var stale = _replicas.Prepare(Ballot(1, 1));
        _replicas.Layout = _replicas.Layout.ReplaceStart(Members.Id(3), Members.Member(4));

        Assert.Equal(new LayoutRefused(new LayoutNumber(2)), _replicas.Handle(1, stale, 1));
        Assert.IsType<NotReplica>(_replicas.Handle(5, _replicas.Prepare(Ballot(1, 1)), 1));
        Assert.IsType<Promised>(_replicas.Handle(4, _replicas.Prepare(Ballot(1, 1)), 1));
    }

    [Fact]
    public void A_council_decides_the_next_layout_and_no_other_one()
    {
        var next = _replicas.NextLayout;
        Assert.IsType<Promised>(Ask(next));

        _replicas.Layout = _replicas.Layout.ReplaceStart(Members.Id(3), Members.Member(4));

        Assert.IsType<NotReplica>(Ask(next));
        Assert.IsType<NotReplica>(Ask(CouncilRegisters.Layout(_replicas.Layout.Cluster, new LayoutNumber(4))));
        Assert.IsType<Promised>(Ask(_replicas.NextLayout));

        Reply Ask(RowKey key) => _replicas.Handle(1, new Prepare(_replicas.Header() with { Key = key }, Ballot(1, 1), PrepareScope.Register), 1);
    }

    [Fact]
    public void An_accept_two_epochs_old_is_refused_and_one_epoch_old_is_not()
    {
        Assert.IsType<Accepted>(_replicas.Handle(1, _replicas.Accept(Ballot(1, 1), 1), 1, new Epoch(2)));
        Assert.IsType<EpochRefused>(_replicas.Handle(2, _replicas.Accept(Ballot(1, 1), 1), 1, new Epoch(3)));
    }

    [Fact]
    public void A_dropped_tombstone_leaves_its_promise_and_its_counter()
    {
        _replicas.Handle(1, _replicas.Accept(Ballot(2, 1), 0), 1);
        _replicas.Handle(1, _replicas.Prepare(Ballot(6, 2)), 2);

        Assert.IsType<Dropped>(_replicas.Handle(1, new Drop(_replicas.Header(), Ballot(2, 1)), 3));

        Assert.False(_replicas.Rows(1).Register.HasValue);
        Assert.IsType<BallotRefused>(_replicas.Handle(1, _replicas.Prepare(Ballot(5, 1)), 1));
        var replayed = Assert.IsType<ValueRefused>(_replicas.Handle(1, _replicas.Accept(Ballot(7, 1), 9), 1));
        Assert.Equal("counter", replayed.Reason.Code);
        Assert.IsType<Dropped>(_replicas.Handle(1, new Drop(_replicas.Header(), Ballot(2, 1)), 3));
    }

    // A drop that has not reached every replica: a read meets the tombstone that is left and writes it again, where it was dropped too.
    [Fact]
    public void The_tombstone_that_was_dropped_may_be_written_again_and_nothing_else_of_its_counter()
    {
        _replicas.Handle(1, _replicas.Accept(Ballot(2, 1), 0), 1);
        _replicas.Handle(1, new Drop(_replicas.Header(), Ballot(2, 1)), 3);

        Assert.IsType<ValueRefused>(_replicas.Handle(1, _replicas.Accept(Ballot(7, 1), 9), 1));
        Assert.IsType<Accepted>(_replicas.Handle(1, _replicas.Accept(Ballot(7, 1), 0), 1));

        Assert.IsType<Dropped>(_replicas.Handle(1, new Drop(_replicas.Header(), Ballot(7, 1)), 3));
        Assert.IsType<ValueRefused>(_replicas.Handle(1, _replicas.Accept(Ballot(9, 1), 9), 1));
    }

    [Fact]
    public void A_live_value_and_a_joint_layout_are_never_dropped_from()
    {
        _replicas.Handle(1, _replicas.Accept(Ballot(2, 1), 5), 1);
        Assert.IsType<BallotRefused>(_replicas.Handle(1, new Drop(_replicas.Header(), Ballot(2, 1)), 3));

        _replicas.Layout = _replicas.Layout.ReplaceStart(Members.Id(3), Members.Member(4));
        Assert.IsType<SenderRefused>(_replicas.Handle(1, new Drop(_replicas.Header(), Ballot(2, 1)), 3));
    }

    /// <summary>
    /// The schedule behind "promises come along": 1 alone accepted 70 at round 9, with the promises of 1 and 3, which
    /// is replaced by 4. Were 4 and 2 to pull values only, they could choose 80 at round 3, and lose it to 70.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_layout_change_that_leaves_promises_behind_loses_a_chosen_value(bool withPromises)
    {
        _replicas.Handle(1, _replicas.Prepare(Ballot(9, 1)), 1);
        _replicas.Handle(3, _replicas.Prepare(Ballot(9, 1)), 1);
        _replicas.Handle(1, _replicas.Accept(Ballot(9, 1), 70), 1);

        _replicas.Layout = _replicas.Layout.ReplaceStart(Members.Id(3), Members.Member(4));
        foreach (var (by, from) in new[] { (2, 3), (4, 2), (4, 3) })
        {
            var (_, row) = Adoption.Take(
                _replicas.Rows(by), _replicas.Rows(from).Register, false, withPromises, SimValue.Rules);
            _replicas.Put(by, row, null);
        }

        _replicas.Layout = _replicas.Layout.Finish();
        var accept = _replicas.Accept(Ballot(3, 2), 80);
        Reply[] replies = [_replicas.Handle(2, accept, 2), _replicas.Handle(4, accept, 2)];

        Assert.All(replies, reply => Assert.Equal(withPromises, reply is BallotRefused));
    }

    [Fact]
    public void Below_a_promise_only_what_a_majority_holds_is_adopted()
    {
        _replicas.Handle(1, _replicas.Accept(Ballot(2, 1), 5), 1);
        _replicas.Handle(2, _replicas.Prepare(Ballot(4, 2)), 2);
        var pulled = _replicas.Rows(1).Register;

        Assert.Equal(AdoptionResult.NeedsIdentityRound, Take(heldByMajority: false).Result);
        Assert.Equal(Ballot(2, 1), Take(heldByMajority: true).Row!.Accepted);
        Assert.Equal(Ballot(4, 2), Take(heldByMajority: true).Row!.Promise);

        (AdoptionResult Result, RegisterRow? Row) Take(bool heldByMajority) =>
            Adoption.Take(_replicas.Rows(2), pulled, heldByMajority, false, SimValue.Rules);
    }
}
