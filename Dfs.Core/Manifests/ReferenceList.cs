using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>Which chunks a version needs, readable without a key: the ids, or the root of pages of them.</summary>
/// <remarks>Repair, counting and garbage collection live from it. Made by <see cref="ReferenceBuilder"/>.</remarks>
public sealed record ReferenceList
{
    /// <summary>64 ids (2 KiB) in the head itself.</summary>
    public const int InlineMax = 64;

    public static readonly ReferenceList Empty = new([], null);

    private ReferenceList(ImmutableArray<ChunkId> ids, ChunkId? root) => (Ids, Root) = (ids, root);

    /// <summary>Empty when there is a root.</summary>
    public ImmutableArray<ChunkId> Ids { get; }

    /// <summary>The chunk that holds the topmost <see cref="ReferencePage"/>.</summary>
    public ChunkId? Root { get; }

    public static ReferenceList Of(ImmutableArray<ChunkId> ids)
    {
        Invariant.Holds(ids.Length <= InlineMax, $"a head holds at most {InlineMax} ids ({ids.Length})");
        return new ReferenceList(ids, null);
    }

    public static ReferenceList Of(ChunkId root) => new([], root);

    public bool Equals(ReferenceList? other) =>
        other is not null && Root == other.Root && Ids.SequenceEqual(other.Ids);

    public override int GetHashCode() => HashCode.Combine(Root, Ids.Length);
}
