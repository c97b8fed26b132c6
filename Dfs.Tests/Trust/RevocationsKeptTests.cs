using Dfs.Actors.Trust;
using Dfs.Core.Trust;

namespace Dfs.Tests.Trust;

/// <summary>The list of the expelled on its way to the disk of a node.</summary>
public sealed class RevocationsKeptTests : IDisposable
{
    private readonly TestCluster _cluster = new();
    private readonly List<ulong> _kept = [];
    private bool _isFull;

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void A_list_that_the_disk_refused_is_in_force_and_not_acknowledged_before_it_is_kept()
    {
        using var trust = Trust();
        var list = _cluster.Expelled(3);
        _isFull = true;
        Assert.Throws<IOException>(() => trust.Take(list.Encode()));
        Assert.True(trust.Revoked.Contains(TestCluster.Node(3)));
        // Sent again, as by who was not answered.
        Assert.Throws<IOException>(() => trust.Take(list.Encode()));

        _isFull = false;
        Assert.True(trust.Take(list.Encode()));

        Assert.Equal([list.Number], _kept);
    }

    [Fact]
    public void An_older_list_that_comes_later_replaces_nothing()
    {
        using var trust = Trust();
        trust.Take(_cluster.Expelled(3, 4));
        trust.Take(_cluster.Expelled(3));

        Assert.Equal([2UL], _kept);
        Assert.True(trust.Revoked.Contains(TestCluster.Node(4)));
    }

    [Fact]
    public void Two_lists_of_one_number_are_both_in_force_and_both_kept()
    {
        using var trust = Trust();
        trust.Take(_cluster.Expelled(3));
        trust.Take(_cluster.Expelled(4));

        Assert.True(trust.Revoked.Contains(TestCluster.Node(3)) && trust.Revoked.Contains(TestCluster.Node(4)));
        Assert.Equal([1UL, 1UL], _kept);
        Assert.Equal(2, trust.Revoked.Lists.Length);
    }

    private NodeTrust Trust() => new(_cluster.Certificate(1), Revocations.Empty, TimeProvider.System, list =>
    {
        if (_isFull)
        {
            throw new IOException("the disk is full");
        }

        _kept.Add(list.Number);
    });
}
