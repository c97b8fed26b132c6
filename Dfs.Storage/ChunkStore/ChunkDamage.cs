using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore;

/// <summary>What a read found wrong.</summary>
public enum DamageKind
{
    /// <summary>Header, length or sum do not agree with the bytes.</summary>
    Corrupt,

    /// <summary>The file is gone.</summary>
    Missing,

    /// <summary>The disk answered with an error.</summary>
    Unreadable,
}

/// <summary>A chunk that this store had and cannot serve: to be pulled from another replica.</summary>
public sealed record ChunkDamage(ChunkId Id, DamageKind Kind);
