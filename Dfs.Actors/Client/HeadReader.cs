using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>Reads the heads of an owner's files and opens what they carry.</summary>
internal sealed class HeadReader(TransferOptions parts)
{
    private readonly SignatureVerifier _verifier = new();

    /// <returns>Null when the key was never used, or its tombstone is gone.</returns>
    /// <exception cref="TransferException">No majority answered, or what they hold is not the owner's.</exception>
    public async Task<Head?> ReadAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        using var owner = parts.Owner.Use();
        return await ReadAsync(owner.Bucket(key.Bucket).TokenOf(key), owner.PublicKey, cancellationToken);
    }

    /// <summary>Reads a register and believes what its owner signed; needs no keyring.</summary>
    /// <inheritdoc cref="ReadAsync(ObjectKey, CancellationToken)"/>
    public async Task<Head?> ReadAsync(RegisterId register, OwnerPublicKey owner, CancellationToken cancellationToken)
    {
        var view = await ViewAsync(register, cancellationToken);
        return view.Value is { } value ? OpenHeads.Verify(value, register, owner, _verifier, parts.Catalog.Seen) : null;
    }

    /// <summary>What a put would replace.</summary>
    /// <returns>The current version; without one default, and the counter at which the file was removed, or 0.</returns>
    /// <inheritdoc cref="ReadAsync(ObjectKey, CancellationToken)"/>
    public async Task<(VersionId Version, ulong Counter)> ReadBaseAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        using var owner = parts.Owner.Use();
        var register = owner.Bucket(key.Bucket).TokenOf(key);
        var view = await ViewAsync(register, cancellationToken);
        var head = view.Value is { } value ? OpenHeads.Verify(value, register, owner.PublicKey, _verifier, parts.Catalog.Seen) : null;
        return head?.Current is { } current ? (current.Id, 0) : (default, head?.Counter ?? view.CounterFloor);
    }

    /// <exception cref="TransferException">The keyring does not open it, or its manifest is on no node that answers.</exception>
    public async Task<Manifest> OpenAsync(ObjectKey key, Head head, HeadVersion version, CancellationToken cancellationToken)
    {
        var root = await RootAsync(version, cancellationToken);
        using var owner = parts.Owner.Use();
        return OpenHeads.Manifest(head, version, root.Span, owner.Bucket(key.Bucket));
    }

    /// <summary>The sealed manifest, from the head or from its chunk.</summary>
    public async Task<ReadOnlyMemory<byte>> RootAsync(HeadVersion version, CancellationToken cancellationToken) =>
        version.Root?.Memory ?? await FetchAsync(version.RootChunk!.Value, cancellationToken);

    /// <summary>A small chunk, such as a manifest or a page of one.</summary>
    public Task<ReadOnlyMemory<byte>> FetchAsync(ChunkId id) => FetchAsync(id, CancellationToken.None);

    /// <inheritdoc cref="FetchAsync(ChunkId)"/>
    public async Task<ReadOnlyMemory<byte>> FetchAsync(ChunkId id, CancellationToken cancellationToken)
    {
        using var chunk = await parts.Chunks.FetchAsync(id, cancellationToken);
        return chunk.Memory.ToArray();
    }

    private async Task<RegisterView> ViewAsync(RegisterId register, CancellationToken cancellationToken) =>
        await parts.Catalog.ReadAsync(register, cancellationToken) switch
        {
            ReadDone read => read.View,
            WentBack back => throw HeadChanges.IsOlder(back),
            var unanswered => throw HeadChanges.NoQuorum(unanswered),
        };

    /// <summary>A version that says that the file was deleted now.</summary>
    /// <param name="isNull">In place of the null version.</param>
    public HeadVersion NewMarker(ObjectKey key, bool isNull)
    {
        using var owner = parts.Owner.Use();
        var (bucket, id) = (owner.Bucket(key.Bucket), OwnerSession.NewVersion());
        var cluster = parts.Layout()?.Cluster ?? throw new TransferException(DfsOutcome.NotReady, "The cluster has no layout yet; try again.");
        var place = new EnvelopeContext(EnvelopeKind.Manifest, cluster, bucket.Id, bucket.TokenOf(key), id);
        using var versionKey = OwnerSession.NewVersionKey();
        var facts = FileFacts.None with { ModifiedUnixMs = parts.Time.GetUtcNow().ToUnixTimeMilliseconds() };
        var manifest = ManifestBuilder.OfContent(facts, [], versionKey, place, OwnerSession.Fresh());
        var marker = HeadVersion.DeleteMarker(id, OwnerSession.SlotOf(versionKey, bucket, place), manifest);
        return isNull ? marker.AsNull() : marker;
    }

    public static TransferException NotFound() => new(DfsOutcome.NotFound, "not found");
}
