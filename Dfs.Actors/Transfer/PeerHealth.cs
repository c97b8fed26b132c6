using System.Collections.Concurrent;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Transfer;

/// <summary>Remembers which peers have not kept up, so that a frozen one does not hold memory at every chunk.</summary>
/// <remarks>
/// Thread-safe. Only decides whom to leave out for a moment when there are enough others; a peer that was left out is
/// tried again after <see cref="RestTime"/>, with one call. Nobody is gone because of it.
/// </remarks>
public sealed class PeerHealth(TimeProvider time)
{
    /// <summary>Three failures in a row are a peer that is away; one is a lost connection.</summary>
    public const int FailuresMax = 3;

    /// <summary>Two seconds: soon enough for a node that comes back, long enough to spare the others.</summary>
    public static readonly TimeSpan RestTime = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<ReplicaId, State> _states = new();

    public bool IsResting(ReplicaId peer) =>
        _states.TryGetValue(peer, out var state) && state.Failures >= FailuresMax && Now < state.RestsUntil;

    public void Succeeded(ReplicaId peer) => _states.TryRemove(peer, out _);

    public void Failed(ReplicaId peer) => _states.AddOrUpdate(
        peer,
        _ => new State(1, Now + RestTime),
        (_, state) => new State(state.Failures + 1, Now + RestTime));

    // Of no wall clock: one that is set back would make a peer rest for hours.
    private TimeSpan Now => time.GetElapsedTime(0);

    private sealed record State(int Failures, TimeSpan RestsUntil);
}
