using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>What proposers ask of replicas. Sending anything twice is harmless.</summary>
public static class CatalogProtocol
{
    /// <summary>What every request carries.</summary>
    /// <param name="Layout">Replicas answer only under their own number.</param>
    /// <param name="Epoch">When the chunks that the value refers to were pinned.</param>
    public readonly record struct Header(RowKey Key, LayoutNumber Layout, Epoch Epoch);

    /// <summary>Proposer → replica.</summary>
    public abstract record Request(Header Header);

    /// <summary>Answered with <see cref="Current"/>; promises nothing.</summary>
    public sealed record Read(Header Header) : Request(Header);

    /// <summary>Answered with <see cref="Promised"/>.</summary>
    public sealed record Prepare(Header Header, Ballot Ballot, PrepareScope Scope) : Request(Header);

    /// <summary>Answered with <see cref="Accepted"/>; also promises the ballot's next.</summary>
    public sealed record Accept(Header Header, Ballot Ballot, ReadOnlyMemory<byte> Value) : Request(Header);

    /// <summary>Answered with <see cref="Dropped"/>. Only after every replica showed this ballot (TombstoneSweep).</summary>
    public sealed record Drop(Header Header, Ballot Tombstone) : Request(Header);

    /// <summary>Replica → proposer.</summary>
    public abstract record Reply;

    public sealed record Current(RegisterState State) : Reply;

    /// <summary>The state after the promise. A promise for the partition may leave this register's higher.</summary>
    public sealed record Promised(RegisterState State) : Reply;

    public sealed record Accepted(Ballot Ballot) : Reply;

    public sealed record Dropped : Reply;

    /// <summary>Nothing was changed.</summary>
    public abstract record Refusal : Reply;

    /// <summary>Something higher was promised.</summary>
    public sealed record BallotRefused(Ballot Promise, Ballot PartitionPromise) : Refusal;

    /// <summary>The partition is promised to another, who was not to be overtaken.</summary>
    public sealed record PartitionHeld(Ballot PartitionPromise) : Refusal;

    /// <summary>Another number rules here: a higher one is to be learned, a lower one to be taught.</summary>
    public sealed record LayoutRefused(LayoutNumber Known) : Refusal;

    public sealed record EpochRefused(Epoch Current) : Refusal;

    public sealed record ValueRefused(TransitionRefusal Reason) : Refusal;

    /// <summary>Under this layout the replica has no vote on the register.</summary>
    public sealed record NotReplica : Refusal;

    /// <summary>The ballot is not its sender's, or out of bounds.</summary>
    public sealed record SenderRefused(string Reason) : Refusal;

    /// <summary>The disk is full; reads go on, and so do writes once there is room.</summary>
    public sealed record StorageFull : Refusal;

    /// <summary>The replica lost a write or a row, and has ended for good.</summary>
    public sealed record ReplicaEnded(string Reason) : Refusal;
}

/// <summary>How much a prepare asks for.</summary>
public enum PrepareScope
{
    Register,

    /// <summary>The whole partition, unless it is promised to another.</summary>
    PartitionIfFree,

    /// <summary>The whole partition, whoever has it.</summary>
    Partition,
}

/// <summary>A register as one replica has it, durably.</summary>
/// <param name="Promise">The effective one: the highest of floor, partition's and register's.</param>
public sealed record RegisterState(
    Ballot Promise,
    Ballot PartitionPromise,
    Ballot Floor,
    Ballot Accepted,
    ReadOnlyMemory<byte> Value,
    ulong CounterFloor);
