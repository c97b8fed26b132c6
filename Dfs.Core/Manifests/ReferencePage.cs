using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>A page of the clear list of references: chunk ids at level 0, pages of the level below above it.</summary>
/// <remarks>Stored as a chunk of its own bytes, not encrypted; docs/formats/references.md.</remarks>
/// <param name="Counts">Above level 0: how many ids are under each page; empty at level 0.</param>
public sealed record ReferencePage(int Level, ImmutableArray<ChunkId> Ids, ImmutableArray<ulong> Counts)
{
    /// <summary>4,096: pages of at most 160 KiB.</summary>
    public const int ItemsMax = 4096;

    public const int LevelMax = 3;

    private const int ItemBytes = Bytes32.SizeBytes;

    private static ReadOnlySpan<byte> Magic => "DFSR\x01"u8;

    /// <summary>Ids in and under this page.</summary>
    public ulong Count => Level == 0 ? (ulong)Ids.Length : Counts.Aggregate(0UL, (sum, count) => sum + count);

    public byte[] Encode()
    {
        var writer = new ByteWriter(8 + Ids.Length * (ItemBytes + sizeof(ulong)));
        writer.Fixed(Magic);
        writer.Byte((byte)Level);
        writer.U16((ushort)Ids.Length);
        for (var i = 0; i < Ids.Length; i++)
        {
            writer.Bytes32(Ids[i].Value);
            if (Level > 0)
            {
                writer.U64(Counts[i]);
            }
        }

        return writer.ToArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ReferencePage? page)
    {
        var reader = new ByteReader(bytes);
        reader.Expect(Magic);
        int level = reader.Byte();
        reader.Require(level <= LevelMax);
        var count = reader.Count16(level == 0 ? ItemBytes : ItemBytes + sizeof(ulong), ItemsMax);
        reader.Require(count > 0);
        var ids = ImmutableArray.CreateBuilder<ChunkId>(count);
        var counts = ImmutableArray.CreateBuilder<ulong>();
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            ids.Add(new ChunkId(reader.Bytes32()));
            if (level > 0)
            {
                counts.Add(reader.U64());
                reader.Require(counts[^1] is > 0 and <= uint.MaxValue);
            }
        }

        page = reader.IsComplete ? new ReferencePage(level, ids.ToImmutable(), counts.ToImmutable()) : null;
        return page is not null;
    }

    public bool Equals(ReferencePage? other) =>
        other is not null && Level == other.Level && Ids.SequenceEqual(other.Ids) && Counts.SequenceEqual(other.Counts);

    public override int GetHashCode() => HashCode.Combine(Level, Ids.Length);
}
