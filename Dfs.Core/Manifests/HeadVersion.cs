using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>One version in a head: a state of the file, or the mark that it was deleted.</summary>
public sealed record HeadVersion
{
    private const byte IsMarkerFlag = 1, HasInlineRootFlag = 2, HasReferenceRootFlag = 4, HasStampFlag = 8, IsNullFlag = 16, HasLockFlag = 32;

    /// <summary>Id and flags.</summary>
    internal const int EncodedBytesMin = Bytes16.SizeBytes + 1;

    private HeadVersion(VersionId id, KeySlot slot) => (Id, Slot) = (id, slot);

    public VersionId Id { get; }

    /// <summary>Nothing to read from here on; its manifest says when, and has no content.</summary>
    public bool IsDeleteMarker { get; private init; }

    /// <summary>Stored while the bucket kept no versions, or had suspended it: what S3 calls the version "null", of which a file has one.</summary>
    public bool IsNull { get; private init; }

    /// <summary>What keeps it from being taken out.</summary>
    public VersionLock Lock { get; private init; }

    public KeySlot Slot { get; private init; }

    /// <summary>Number of the last snapshot of the bucket when this was stored: see <see cref="BucketSnapshots"/>.</summary>
    public uint Stamp { get; private init; }

    /// <summary>The sealed manifest itself, else null.</summary>
    public ByteString? Root { get; private init; }

    /// <summary>The chunk that holds the sealed manifest, else null.</summary>
    public ChunkId? RootChunk { get; private init; }

    public ReferenceList References { get; private init; } = ReferenceList.Empty;

    /// <summary>What the version's chunks take on a disk, once; what quotas count.</summary>
    public ulong CipherBytes { get; private init; }

    /// <summary>Whether a request for that version means this one.</summary>
    public bool Is(VersionId id) => Id == id || (IsNull && id == VersionId.Null);

    public static HeadVersion Of(VersionId id, KeySlot slot, BuiltManifest manifest) =>
        new(id, slot)
        {
            Root = manifest.Root,
            References = manifest.References,
            CipherBytes = manifest.CipherBytes,
        };

    /// <param name="manifest">Without content.</param>
    public static HeadVersion DeleteMarker(VersionId id, KeySlot slot, BuiltManifest manifest)
    {
        Invariant.Holds(manifest.PlainBytes == 0, $"a delete marker has no content ({manifest.PlainBytes} bytes)");
        return new HeadVersion(id, slot) { IsDeleteMarker = true, Root = manifest.Root };
    }

    /// <summary>As stored after that snapshot.</summary>
    public HeadVersion WithStamp(uint stamp) => this with { Stamp = stamp };

    /// <summary>As the one that takes the place of the null version before it.</summary>
    public HeadVersion AsNull() => this with { IsNull = true };

    public HeadVersion WithLock(VersionLock versionLock) => this with { Lock = versionLock };

    /// <summary>Under another key epoch.</summary>
    public HeadVersion WithSlot(KeySlot slot) => this with { Slot = slot };

    /// <summary>With the manifest sealed again, for new tags or metadata.</summary>
    public HeadVersion WithRoot(ByteString root)
    {
        Invariant.Holds(!IsDeleteMarker, "a delete marker has no manifest");
        return this with { Root = root, RootChunk = null };
    }

    /// <summary>With its sealed manifest back from its chunk.</summary>
    public HeadVersion Unspill(ByteString root)
    {
        Invariant.Holds(RootChunk is not null, "only what left the head can come back");
        return this with { Root = root, RootChunk = null, CipherBytes = CipherBytes - (ulong)root.Length };
    }

    /// <summary>With its sealed manifest moved into a chunk, which must be stored before the head is written.</summary>
    public (HeadVersion Next, StoredPiece Piece) Spill()
    {
        Invariant.Holds(Root is not null, "only what stands in the head can leave it");
        var piece = new StoredPiece(ChunkTree.IdOf(Root.Span), Root.Memory);
        return (this with { Root = null, RootChunk = piece.Id, CipherBytes = CipherBytes + (ulong)Root.Length }, piece);
    }

    /// <summary>The chunks that the head itself names; pages behind <see cref="ReferenceList.Root"/> name more.</summary>
    public IEnumerable<ChunkId> NamedChunks()
    {
        if (RootChunk is { } root)
        {
            yield return root;
        }

        if (References.Root is { } references)
        {
            yield return references;
        }

        foreach (var id in References.Ids)
        {
            yield return id;
        }
    }

    internal int EncodedSizeBytes()
    {
        var writer = new ByteWriter(1024);
        WriteTo(writer);
        return writer.Length;
    }

    internal void WriteTo(ByteWriter writer, bool withSlot = true)
    {
        writer.Bytes16(Id.Value);
        writer.Byte((byte)(
            (IsDeleteMarker ? IsMarkerFlag : 0) | (Root is null ? 0 : HasInlineRootFlag) | (References.Root is null ? 0 : HasReferenceRootFlag)
            | (Stamp == 0 ? 0 : HasStampFlag) | (IsNull ? IsNullFlag : 0)
            | (Lock == VersionLock.None ? 0 : HasLockFlag)));
        if (Stamp > 0)
        {
            writer.U32(Stamp);
        }

        if (Lock != VersionLock.None)
        {
            Lock.WriteTo(writer);
        }

        writer.U64(CipherBytes);
        if (withSlot)
        {
            Slot.WriteTo(writer);
        }

        if (Root is { } root)
        {
            writer.Block16(root.Span);
        }
        else
        {
            writer.Bytes32(RootChunk!.Value.Value);
        }

        if (References.Root is { } references)
        {
            writer.Bytes32(references.Value);
            return;
        }

        writer.U16((ushort)References.Ids.Length);
        foreach (var id in References.Ids)
        {
            writer.Bytes32(id.Value);
        }
    }

    /// <returns>Something without meaning when the reader has failed.</returns>
    internal static HeadVersion ReadFrom(ref ByteReader reader, bool withSlot = true)
    {
        var id = new VersionId(reader.Bytes16());
        var flags = reader.Byte();
        var isMarker = (flags & IsMarkerFlag) != 0;
        reader.Require((flags & ~(IsMarkerFlag | HasInlineRootFlag | HasReferenceRootFlag | HasStampFlag | IsNullFlag | HasLockFlag)) == 0);
        var hasStamp = (flags & HasStampFlag) != 0;
        var stamp = hasStamp ? reader.U32() : 0;
        reader.Require(!hasStamp || stamp > 0);
        var versionLock = (flags & HasLockFlag) != 0 ? VersionLock.ReadFrom(ref reader) : VersionLock.None;
        var cipherBytes = reader.U64();
        var slot = withSlot ? KeySlot.ReadFrom(ref reader) : KeySlot.None;
        var hasRoot = (flags & HasInlineRootFlag) != 0;
        var root = hasRoot ? new ByteString(reader.Block16(Manifest.SealedBytesMax)) : null;
        ChunkId? rootChunk = hasRoot ? null : new ChunkId(reader.Bytes32());
        var references = ReadReferences(ref reader, (flags & HasReferenceRootFlag) != 0);
        reader.Require(!isMarker || references == ReferenceList.Empty);
        return new HeadVersion(id, slot)
        {
            IsDeleteMarker = isMarker,
            IsNull = (flags & IsNullFlag) != 0,
            Stamp = stamp,
            Lock = versionLock,
            Root = root,
            RootChunk = rootChunk,
            CipherBytes = cipherBytes,
            References = references,
        };
    }

    private static ReferenceList ReadReferences(ref ByteReader reader, bool hasRoot)
    {
        if (hasRoot)
        {
            return ReferenceList.Of(new ChunkId(reader.Bytes32()));
        }

        var count = reader.Count16(Bytes32.SizeBytes, ReferenceList.InlineMax);
        var ids = new ChunkId[count];
        for (var i = 0; i < count; i++)
        {
            ids[i] = new ChunkId(reader.Bytes32());
        }

        return ReferenceList.Of([.. ids]);
    }
}
