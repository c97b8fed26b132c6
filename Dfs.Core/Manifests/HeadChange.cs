using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>What must hold of the latest head for a change to be made; compared in the same round that changes it.</summary>
public abstract record HeadCondition
{
    private HeadCondition() { }

    public static readonly HeadCondition None = new Anything();

    /// <summary>There is nothing to read: no head, a tombstone, or a delete marker.</summary>
    public static readonly HeadCondition IfAbsent = new Absent();

    /// <summary>This version is the one that a reader gets.</summary>
    public static HeadCondition IfVersion(VersionId id) => new Version(id);

    internal abstract bool HoldsFor(HeadVersion? readable);

    private sealed record Anything : HeadCondition
    {
        internal override bool HoldsFor(HeadVersion? readable) => true;
    }

    private sealed record Absent : HeadCondition
    {
        internal override bool HoldsFor(HeadVersion? readable) => readable is null;
    }

    private sealed record Version(VersionId Id) : HeadCondition
    {
        internal override bool HoldsFor(HeadVersion? readable) => readable?.Id == Id;
    }
}

/// <summary>What became of a wish to change a head.</summary>
public abstract record HeadChange
{
    private HeadChange() { }

    /// <summary>Sign and propose it, after the pieces are stored.</summary>
    /// <param name="Pieces">Manifests that had to leave the head to make room.</param>
    public sealed record Made(Head Next, ImmutableArray<StoredPiece> Pieces) : HeadChange;

    /// <summary>The head has this operation in it already: an answer was lost, not the operation.</summary>
    public sealed record AlreadyMade(Head Head) : HeadChange;

    /// <param name="Current">What a reader gets instead of what the condition asked for; null for nothing.</param>
    public sealed record ConditionFailed(VersionId? Current) : HeadChange;

    /// <summary>There is nothing that the change would change.</summary>
    public sealed record NothingToDo : HeadChange;

    /// <summary>Fetch this chunk and ask again with it: the version that becomes current keeps its manifest in it.</summary>
    public sealed record RootNeeded(ChunkId Root) : HeadChange;

    /// <summary>Somebody moved versions or changed the history: read the head and make the change anew.</summary>
    public sealed record HistoryMoved : HeadChange;

    /// <summary>Move versions back from the pages first: the head would have none.</summary>
    public sealed record HistoryNeeded : HeadChange;

    /// <summary>Take the replaced null version out of the pages first: without the newer one it would be there again.</summary>
    public sealed record NullInHistory : HeadChange;

    /// <summary>A version that the change would take out, or a lock that it would loosen, must stay as it is.</summary>
    public sealed record Locked(VersionLock Lock) : HeadChange;

    /// <summary>The register belongs to another owner.</summary>
    public sealed record OtherOwner : HeadChange;

    /// <summary>The keyring lacks a key that the change needs, or what is sealed in the head is damaged.</summary>
    public sealed record CannotOpen : HeadChange;

    /// <summary>No more shares fit.</summary>
    public sealed record SharesFull(int Shares) : HeadChange;

    /// <summary>The history does not fit, even with every older manifest moved out.</summary>
    public sealed record HistoryFull(int Versions) : HeadChange;
}
