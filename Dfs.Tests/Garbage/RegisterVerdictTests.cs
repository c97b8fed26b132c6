using Dfs.Core.Catalog;
using Dfs.Tests.Catalog;
using Dfs.Tests.Placement;
using Dfs.Tests.Simulation;
using static Dfs.Tests.Catalog.TestReplicas;

namespace Dfs.Tests.Garbage;

public class RegisterVerdictTests
{
    private static readonly int[] Numbers = [1, 2, 3];

    private readonly TestReplicas _replicas = new();

    [Fact]
    public void A_value_that_every_replica_shows_is_alive()
    {
        AcceptAt(Ballot(2, 1), 7, 1, 2, 3);

        Assert.Equal(7, SimValue.PayloadOf(Assert.IsType<RegisterVerdict.Holds>(Verdict()).Value));
    }

    [Fact]
    public void What_a_majority_shows_is_not_enough()
    {
        AcceptAt(Ballot(2, 1), 7, 1, 2);

        Assert.IsType<RegisterVerdict.Unsettled>(Verdict());
    }

    /// <summary>
    /// The schedule behind "written again": 2 alone accepted 7, whose refreshing is on its way to 1 when 2 accepts 8. A collection that
    /// took what all three show would hold 8 and the value before for all that is alive, and 7 would be chosen after it.
    /// </summary>
    [Fact]
    public void A_value_can_be_shown_by_nobody_and_be_chosen_afterwards()
    {
        AcceptAt(Ballot(1, 1), 6, 1, 2, 3);
        AcceptAt(Ballot(2, 1), 7, 2);
        _replicas.Handle(1, _replicas.Prepare(Ballot(3, 1)), 1);
        _replicas.Handle(2, _replicas.Prepare(Ballot(3, 1)), 1);
        var late = _replicas.Accept(Ballot(3, 1), 7);
        _replicas.Handle(2, _replicas.Prepare(Ballot(4, 3)), 3);
        _replicas.Handle(3, _replicas.Prepare(Ballot(4, 3)), 3);
        AcceptAt(Ballot(4, 3), 8, 2);

        Assert.DoesNotContain(7, Numbers.Select(replica => SimValue.PayloadOf(_replicas.Rows(replica).Register.Value)));
        Assert.IsType<RegisterVerdict.Unsettled>(Verdict());

        Assert.IsType<CatalogProtocol.Accepted>(_replicas.Handle(1, late, 1));
        var promised = Numbers.Where(number => number != 2).Select(replica =>
            Assert.IsType<CatalogProtocol.Promised>(_replicas.Handle(replica, _replicas.Prepare(Ballot(5, 1)), 1)).State);
        Assert.Equal(7, SimValue.PayloadOf(promised.MaxBy(state => state.Accepted)!.Value));
    }

    [Fact]
    public void A_tombstone_that_every_replica_has_or_has_dropped_is_removed()
    {
        AcceptAt(Ballot(2, 1), 0, 1, 2, 3);
        Assert.Equal(new RegisterVerdict.Removed(Ballot(2, 1)), Verdict());

        _replicas.Handle(1, new CatalogProtocol.Drop(_replicas.Header(), Ballot(2, 1)), 3);
        Assert.Equal(new RegisterVerdict.Removed(Ballot(2, 1)), Verdict());

        _replicas.Handle(2, new CatalogProtocol.Drop(_replicas.Header(), Ballot(2, 1)), 3);
        _replicas.Handle(3, new CatalogProtocol.Drop(_replicas.Header(), Ballot(2, 1)), 3);
        Assert.IsType<RegisterVerdict.Absent>(Verdict());
    }

    [Fact]
    public void A_tombstone_that_one_replica_never_had_is_not_dropped()
    {
        AcceptAt(Ballot(2, 1), 0, 1, 2);

        Assert.IsType<RegisterVerdict.Unsettled>(Verdict());
    }

    private void AcceptAt(Ballot ballot, int payload, params int[] replicas)
    {
        foreach (var replica in replicas)
        {
            Assert.IsType<CatalogProtocol.Accepted>(_replicas.Handle(replica, _replicas.Accept(ballot, payload), Enumerable.Range(1, 3).Single(sender => Members.Id(sender) == ballot.Replica)));
        }
    }

    private RegisterVerdict Verdict() => RegisterVerdict.Of(
        _replicas.Layout, Key, Numbers.ToDictionary(Members.Id, replica => _replicas.Rows(replica).Register), SimValue.Rules);
}
