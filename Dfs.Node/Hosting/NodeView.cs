using Dfs.Actors.Client;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Node.Configuration;

namespace Dfs.Node.Hosting;

/// <summary>Makes the node's status of what its parts know.</summary>
internal sealed class NodeView(NodeParts parts, ILayoutClient layouts, IGarbageClient garbage, IEventClient events) : INodeView
{
    public bool IsReady => NodeReadiness.NotReadyBecause(parts, parts.Peers.View, parts.Catalog.Layout).Length == 0;

    public ILayoutClient Layouts => layouts;

    public IGarbageClient Garbage => garbage;

    public IEventClient Events => events;

    public IScrubClient Scrub => parts.Scrub;

    public ITrustClient Trust => parts.Trusting;

    public IRepairClient Repairs => parts.Pacer.Switch;

    public NodeStatus Status()
    {
        var view = parts.Peers.View;
        var layout = parts.Catalog.Layout;
        var reason = NodeReadiness.NotReadyBecause(parts, view, layout);
        var facts = FactsOf(view);
        var redundancy = layout is null ? Redundancy.Unknown : Redundancy.Of(layout, NodeReadiness.Here(view, layout), facts);
        return new NodeStatus(
            parts.Settings.Name,
            parts.Directory.Identity.Replica.ToString(),
            reason.Length == 0,
            reason,
            layout?.Cluster.ToString() ?? "",
            layout?.Number.Value ?? 0,
            layout?.IsJoint ?? false,
            layout?.Factors.Data ?? 0,
            layout is null ? 0 : Tolerance.MayFail(layout, NodeReadiness.Here(view, layout)),
            Store(),
            [.. PeersOf(view, layout)])
        {
            Reads = new ReadStatus(parts.Traffic.Reads.CheckedBytes, parts.Traffic.Reads.RepairBytes) { Hedges = Hedges(parts.Traffic) },
            Places = new PlaceStatus(parts.Traffic.Places.SentBytes, parts.Traffic.Places.ResentBytes, parts.Traffic.Places.SparedBytes)
            {
                SharedRequests = parts.PeerClient.Together.Requests,
                SharedChunks = parts.PeerClient.Together.Chunks,
                Missed = parts.Missed.Noted,
                MissedWaiting = parts.Missed.Waiting,
            },
            Memory = new MemoryStatus(parts.Memory.Uploads.LeasedBytes, parts.Memory.Reads.LeasedBytes, parts.Memory.Incoming.LeasedBytes),
            Redundancy = redundancy,
            Repair = RepairProgress.Of(redundancy, [.. facts.Values]),
            Scrub = parts.Scrub.Status,
            Audits = Audits(view),
            Trust = TrustOf(parts.Settings.Trust, parts.Notary is not null),
            Kept = new KeptStatus(parts.Catalog.Kept.Rows, parts.Catalog.Kept.Bytes, parts.Repair.Strays),
            Garbage = parts.Garbage.Status with { Epoch = parts.Catalog.Epoch.Value },
        };
    }

    internal static TrustStatus TrustOf(TrustSettings trust, bool signsLayouts) => new(
        trust.IsTls ? trust.Organisation is null ? TrustStatus.Cluster : TrustStatus.Organisation
            : trust.IsExternal ? TrustStatus.External : TrustStatus.Plain,
        signsLayouts);

    private static HedgeStatus Hedges(ChunkTraffic traffic) =>
        new(traffic.Hedges.Begun, traffic.Hedges.Won, traffic.Hedges.Denied, traffic.HedgeDelay.TotalSeconds);

    public LayoutResult CanStop(string node)
    {
        var (view, layout) = (parts.Peers.View, parts.Catalog.Layout);
        var named = PeersOf(view, layout).Where(peer => peer.Name == node || peer.Replica == node).ToList();
        if (layout is null)
        {
            return new LayoutResult(DfsOutcome.NotReady, "There is no layout yet; try again.");
        }

        if (named.Count == 0)
        {
            return new LayoutResult(DfsOutcome.NotFound, $"No node is called {node}; `dfs peers` lists them.");
        }

        var others = NodeReadiness.Here(view, layout);
        others.RemoveWhere(id => named.Any(peer => peer.Replica == id.ToString()));
        var away = layout.Everyone.Where(member => !others.Contains(member.Id) && named.All(peer => peer.Replica != member.Id.ToString()))
            .Select(member => member.Name).ToList();
        var damaged = FactsOf(view).Values.Sum(said => said.Damaged + said.Unhealed);
        return named.All(peer => !peer.InLayout && peer.Chunks + peer.KeptRows > 0)
            ? new LayoutResult(DfsOutcome.PreconditionFailed, $"no: {node} still hands {named[0].Chunks} chunks and {named[0].KeptRows} heads to the others")
            : Tolerance.IsServed(layout, others) && damaged > 0 && named.Any(peer => peer.InLayout)
                ? new LayoutResult(DfsOutcome.PreconditionFailed, $"no: {damaged} damaged chunks are not healed yet, and {node} may have the intact copies; `dfs repair` shows when they are")
            : Tolerance.IsServed(layout, others)
                ? new LayoutResult(DfsOutcome.Done, $"yes: without {node} every file can be read and written; {(Tolerance.MayFail(layout, others) is > 0 and var more ? $"{more}" : "no")} more may fail then")
                : new LayoutResult(DfsOutcome.PreconditionFailed, away.Count > 0
                    ? $"no: without {node} some files have no majority, because {string.Join(", ", away)} does not answer"
                    : $"no: without {node} some files have no majority{(layout.IsJoint ? " while the layout is changing" : "")}");
    }

    // This node's own are of now, the others' as old as their last greeting.
    private Dictionary<ReplicaId, RepairFacts> FactsOf(PeerView view)
    {
        var facts = view.Peers.Values.Where(peer => peer.Reachable).ToDictionary(peer => peer.Card.Replica, peer => peer.Card.Repair);
        facts[parts.Directory.Identity.Replica] = parts.Repair.Facts;
        return facts;
    }

    private AuditStatus Audits(PeerView view)
    {
        var peers = parts.Audits.Ledger.Peers;
        return new AuditStatus(
            peers.Values.Sum(peer => peer.Right), peers.Values.Sum(peer => peer.Wrong), peers.Values.Sum(peer => peer.Unanswered), parts.Audits.Remade,
            [.. peers.Where(peer => peer.Value.IsCaught).Select(peer => view.Peers.TryGetValue(peer.Key, out var met) ? met.Card.Name : peer.Key.ToString())]);
    }

    private StoreStatus Store()
    {
        var state = parts.Chunks.State;
        return new StoreStatus(state.Chunks, state.Bytes, parts.FreeBytes, state.ReadOnlyReason ?? "");
    }

    private IEnumerable<PeerStatus> PeersOf(PeerView view, Layout? layout)
    {
        var self = parts.Directory.Identity.Replica;
        var met = view.Peers.Values.Select(peer => new PeerStatus(
            peer.Card.Name, peer.Card.Replica.ToString(), peer.Card.Address, peer.Card.PeerEndpoint, peer.State,
            layout?.Find(peer.Card.Replica) is not null, peer.Card.Replica == self, peer.Card.IsLeaving, peer.Card.Chunks)
        {
            Zone = peer.Card.Zone,
            Weight = peer.Card.Weight,
            StoredBytes = peer.Card.Bytes,
            FreeBytes = peer.Card.FreeBytes,
            KeptRows = peer.Card.KeptRows,
            ClockAheadSeconds = peer.ClockAhead?.TotalSeconds,
        });
        var unmet = (layout?.Everyone ?? []).Where(member => !view.Peers.ContainsKey(member.Id)).Select(member => new PeerStatus(
            member.Name, member.Id.ToString(), member.Address, member.PeerEndpoint, "absent", true, member.Id == self)
        {
            Zone = member.Zone,
            Weight = member.Weight,
        });
        return met.Concat(unmet).OrderBy(peer => peer.Name, StringComparer.Ordinal);
    }
}
