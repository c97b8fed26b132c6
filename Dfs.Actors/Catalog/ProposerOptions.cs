using Akka.Actor;
using Dfs.Actors.Membership;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Catalog;

/// <summary>What a <see cref="ProposerActor"/> is made with.</summary>
/// <param name="Start">The directory's start counter, raised durably before; what makes ballots unique.</param>
/// <param name="Layout">This directory's; null before the first. Later ones come by message.</param>
/// <param name="LocalReplica">Answers like a remote one.</param>
/// <param name="Keeper">Is told of newer layouts that replicas know.</param>
public sealed record ProposerOptions(
    ReplicaId Self,
    ulong Start,
    Func<Layout?> Layout,
    ValueRules Rules,
    ProposerTimes Times,
    PeerDirectory Directory,
    IActorRef LocalReplica,
    IActorRef Keeper)
{
    /// <summary>This directory's, for who is taught a layout.</summary>
    public required Func<Epoch> Epoch { get; init; }

    /// <summary>Is told which replica did not accept a value that a majority did, after a second of waiting.</summary>
    public Action<ReplicaId, RegisterId> Missed { get; init; } = static (_, _) => { };
}
