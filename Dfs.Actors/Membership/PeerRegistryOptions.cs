using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Membership;

/// <summary>What a <see cref="PeerRegistry"/> is made with.</summary>
/// <param name="Start">How many times this directory has been started.</param>
/// <param name="Seeds">"akka.tcp://dfs@host:port", in the order that every node has them.</param>
/// <param name="Layout">Answers with the newest layout of this directory; null before the first.</param>
/// <param name="Keeper">Is told of every change of the view.</param>
public sealed record PeerRegistryOptions(
    ReplicaId Replica,
    ulong Start,
    string Name,
    string Zone,
    uint Weight,
    string PeerEndpoint,
    IReadOnlyList<string> Seeds,
    PeerDirectory Directory,
    Func<Layout?> Layout,
    Akka.Actor.IActorRef Keeper)
{
    /// <summary>Whether this directory was told to give its data away.</summary>
    public bool StoresOnly { get; init; }

    public Func<long> KeptRows { get; init; } = static () => 0;

    public Func<bool> IsLeaving { get; init; } = static () => false;

    /// <summary>How many chunks it holds, and how many bytes they have.</summary>
    public Func<(long Chunks, long Bytes)> Held { get; init; } = static () => (0, 0);

    /// <summary>Bytes free on the disk of the directory; null when nobody knows.</summary>
    public Func<long?> Free { get; init; } = static () => null;

    /// <summary>What it has counted and repaired.</summary>
    public Func<RepairFacts> Repair { get; init; } = static () => RepairFacts.None;

    /// <summary>Is told of each order about repair that a peer knows.</summary>
    public Action<RepairOrder> HearOrder { get; init; } = static _ => { };

    /// <summary>The wall clock that others are told of.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Half a second: a start takes a few rounds, and a round is one small message a peer.</summary>
    public TimeSpan Round { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Three seconds, the failure detector's pause: who is up has answered by then.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(3);
}
