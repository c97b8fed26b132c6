using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>A page that must be stored as a chunk before the head that needs it is written.</summary>
public sealed record StoredPiece(ChunkId Id, ReadOnlyMemory<byte> Bytes);
