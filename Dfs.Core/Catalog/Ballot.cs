using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>Orders proposals for a register; no two proposals of a cluster's life share one.</summary>
/// <remarks>
/// Unique without a durable counter of its own: a replica id starts with a higher start counter each time, and counts
/// its proposals from there. The replica is that of the proposer's node, whose connection must have brought it.
/// </remarks>
/// <param name="Start">The proposer's start counter.</param>
/// <param name="Sequence">Counts the proposer's ballots since that start.</param>
public readonly record struct Ballot(ulong Round, ReplicaId Replica, ulong Start, ulong Sequence) : IComparable<Ballot>
{
    /// <summary>2^32: far more rounds than contention makes between two messages; 2^31 lies to use up the numbers.</summary>
    public const ulong RoundJumpMax = 1UL << 32;

    /// <summary>2^62: leaves room to count on, whatever a message claims.</summary>
    public const ulong CounterMax = 1UL << 62;

    /// <summary>Below every proposal; nothing promised, nothing accepted.</summary>
    public static readonly Ballot None;

    /// <summary>The same proposer's next, which an accept promises at once.</summary>
    public Ballot Next => this with { Sequence = Sequence + 1 };

    public static bool operator <(Ballot left, Ballot right) => left.CompareTo(right) < 0;

    public static bool operator >(Ballot left, Ballot right) => left.CompareTo(right) > 0;

    public static bool operator <=(Ballot left, Ballot right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Ballot left, Ballot right) => left.CompareTo(right) >= 0;

    public static Ballot Max(Ballot left, Ballot right) => left > right ? left : right;

    /// <summary>Whether both are the same proposer's in the same round: what a promise to one leaves open to the other.</summary>
    public bool SharesPromiseWith(Ballot other) =>
        Round == other.Round && Replica == other.Replica && Start == other.Start;

    /// <summary>Whether a proposal may come from outside, given what was promised before.</summary>
    public bool IsWithinBounds(Ballot promised) =>
        Round is > 0 and <= CounterMax && Start <= CounterMax && Sequence <= CounterMax
        && (Round <= promised.Round || Round - promised.Round <= RoundJumpMax);

    public int CompareTo(Ballot other)
    {
        var order = Round.CompareTo(other.Round);
        order = order != 0 ? order : Replica.CompareTo(other.Replica);
        order = order != 0 ? order : Start.CompareTo(other.Start);
        return order != 0 ? order : Sequence.CompareTo(other.Sequence);
    }

    public override string ToString() =>
        this == None ? "none" : $"{Round}.{Replica.ToString()[..6]}.{Start}.{Sequence}";
}
