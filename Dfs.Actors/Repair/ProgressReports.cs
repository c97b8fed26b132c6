using Akka.Actor;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Actors.Wire;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Actors.Repair;

/// <summary>Tells the layout keepers how far this directory is with what a joint layout gives it.</summary>
/// <remarks>
/// Part of one actor, which calls it and is told of each report's <see cref="Ended"/>. To every keeper, because whichever of them acts for the change may
/// not be the same in a moment; also to those who leave: their council decides whether the change is finished. Who has not answered the last report is not
/// told the next one.
/// </remarks>
internal sealed class ProgressReports(LayoutSyncOptions options)
{
    private readonly HashSet<ReplicaId> _told = [];

    public void Tell(SyncLedger ledger, IActorRef actor)
    {
        var layout = ledger.Layout;
        var report = new SyncReport(options.Self, layout.Number, ledger.Pulled, ledger.Chunks);
        options.Keeper.Tell(new MembershipProtocol.SyncProgress(report));
        foreach (var member in layout.Everyone.Where(member => member.Id != options.Self && _told.Add(member.Id)))
        {
            _ = TellAsync(layout, member.Id, report, actor);
        }
    }

    public void End(Ended ended)
    {
        _told.Remove(ended.Member);
        if (ended.Newer is { } number && options.Directory.AddressOf(ended.Member, ended.Under) is { } address)
        {
            options.Keeper.Tell(new MembershipProtocol.NewerLayoutSeen(number, address));
        }
    }

    private async Task TellAsync(Layout layout, ReplicaId member, SyncReport report, IActorRef actor)
    {
        PeerOutcome? outcome = null;
        try
        {
            outcome = await options.CallPeerAsync(layout, member, (peer, call) =>
                options.Peers.TellProgressAsync(peer, call, SyncReportWire.Encode(report), CancellationToken.None)).ConfigureAwait(false);
        }
        finally
        {
            actor.Tell(new Ended(member, layout, (outcome as PeerOutcome.StaleLayout)?.Current));
        }
    }

    /// <param name="Newer">The layout that the member works under, where it is a later one.</param>
    public sealed record Ended(ReplicaId Member, Layout Under, LayoutNumber? Newer);
}
