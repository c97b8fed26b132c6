using System.Collections.Immutable;
using Akka.Actor;
using Dfs.Actors.Wire;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Wire;

public sealed class MembershipWireTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("wire");
    private DfsSerializer _serializer = null!;

    public Task InitializeAsync()
    {
        _serializer = new DfsSerializer((ExtendedActorSystem)_system);
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _system.Terminate();

    // docs/formats/peer-endpoint.md, "Progress".
    [Fact]
    public void A_report_of_a_layout_change_has_the_documented_bytes()
    {
        var bytes = SyncReportWire.Encode(Report());
        Assert.Equal(
            "0A10D1F50000000000090000000000000009" + "1002"
            + "1A9501" + "0A10D1F50000000000010000000000000001" + "128001" + "0102" + new string('0', 252)
            + "228001" + new string('0', 254) + "80",
            Convert.ToHexString(bytes));

        var back = SyncReportWire.Decode(bytes)!;
        Assert.Equal(Report() with { Pulled = back.Pulled }, back);
        Assert.Equal(Report().Pulled, back.Pulled);
    }

    [Fact]
    public void A_report_cut_short_is_refused()
    {
        var bytes = SyncReportWire.Encode(Report());

        Assert.Null(SyncReportWire.Decode(bytes.AsMemory()[..^1]));
        Assert.Null(SyncReportWire.Decode(default));
    }

    [Fact]
    public void No_message_of_another_node_is_taken_for_a_report() =>
        Assert.ThrowsAny<Exception>(() => _serializer.FromBinary(SyncReportWire.Encode(Report()), "m7"));

    private static SyncReport Report() => new(
        Members.Id(9), new LayoutNumber(2),
        ImmutableSortedDictionary<ReplicaId, PartitionSet>.Empty.Add(
            Members.Id(1), PartitionSet.Of([new PartitionId(0), new PartitionId(9)])),
        PartitionSet.Of([new PartitionId(1023)]));
}
