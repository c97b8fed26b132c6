using Dfs.Core.Primitives;

namespace Dfs.Core.Membership;

/// <summary>What a node says of the copies that it has counted, and of its own repair. Numbers for people; nothing is decided by them.</summary>
/// <param name="CountedUnder">The layout under which it counted last; none before the first time.</param>
/// <param name="CountedWith">A sum over the ids of the members that answered then: two nodes that saw the same have the same.</param>
/// <param name="Chunks">Of the partitions that this node counts; each is counted by one node.</param>
/// <param name="Heads">Likewise.</param>
public sealed record RepairFacts(LayoutNumber CountedUnder, uint CountedWith, CopyCount Chunks, HeadCount Heads)
{
    public static readonly RepairFacts None = new(LayoutNumber.None, 0, default, default);

    public RepairPhase Phase { get; init; }

    /// <summary>Partitions that it has not gone through in this pass; 0 when none is under way.</summary>
    public int PartitionsLeft { get; init; }

    /// <summary>Ciphertext that was missing here and is here now, since the node's start.</summary>
    public long MovedBytes { get; init; }

    /// <summary>Over the last ten seconds.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Damaged or lost chunks that are yet to be pulled from another node.</summary>
    public long Damaged { get; init; }

    /// <summary>Of which no node that answered had an intact copy.</summary>
    public long Unhealed { get; init; }

    /// <summary>Damaged chunks that were made whole again since the node's start.</summary>
    public long Healed { get; init; }

    /// <summary>The newest that it knows.</summary>
    public RepairOrder Order { get; init; }

    /// <summary>A client was served there within the last two seconds.</summary>
    public bool IsServing { get; init; }

    /// <summary>Damaged copies that were moved aside and are still on its disk.</summary>
    public long Quarantined { get; init; }
}

/// <summary>What a node's repair is doing.</summary>
public enum RepairPhase : byte
{
    Idle,

    /// <summary>Looks for what it missed, and pulls it.</summary>
    Comparing,

    /// <summary>Takes over what a layout change gives to it.</summary>
    Moving,
}

/// <summary>How many copies chunks have on nodes that answer.</summary>
/// <param name="Bytes">Of ciphertext, each chunk once.</param>
/// <param name="Fewer">On fewer nodes than the layout wants.</param>
/// <param name="One">On one node, where more are wanted.</param>
/// <param name="Missing">Copies that replicas do not have which answer: repair is about to make them.</param>
public readonly record struct CopyCount(
    long Chunks, long Bytes, long Fewer, long FewerBytes, long One, long OneBytes, long Missing, long MissingBytes)
{
    public CopyCount Plus(CopyCount other) => new(
        Chunks + other.Chunks, Bytes + other.Bytes, Fewer + other.Fewer, FewerBytes + other.FewerBytes,
        One + other.One, OneBytes + other.OneBytes, Missing + other.Missing, MissingBytes + other.MissingBytes);
}

/// <summary>How many replicas of heads answer. A head is a file's, also a removed one's until it is forgotten, or a bucket's.</summary>
/// <param name="Fewer">With fewer than the layout wants.</param>
/// <param name="One">With one, where more are wanted.</param>
/// <param name="Unserved">Without a majority: neither read nor written until another node is back.</param>
public readonly record struct HeadCount(long Heads, long Fewer, long One, long Unserved)
{
    public HeadCount Plus(HeadCount other) => new(Heads + other.Heads, Fewer + other.Fewer, One + other.One, Unserved + other.Unserved);
}
