using System.Runtime.CompilerServices;
using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>Walks the versions of a file, in its head and in the pages behind it.</summary>
internal sealed class FileVersions(TransferOptions parts)
{
    private readonly HeadReader _heads = new(parts);

    /// <summary>All versions, newest first, but a null version that was replaced; pages are read as they are come to.</summary>
    public async IAsyncEnumerable<FoundVersion> AllAsync(
        string bucket, Head head, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var owner = parts.Owner.Use();
        foreach (var version in head.Versions)
        {
            yield return new FoundVersion(version, null, null);
        }

        await foreach (var (path, page) in PagesOf(owner.Bucket(bucket), cancellationToken).WalkAsync(head))
        {
            foreach (var paged in page.Versions)
            {
                if (head.Shows(paged.Version))
                {
                    yield return new FoundVersion(paged.Version, paged.Key, head.History!.Pages[path.Entry].Page);
                }
            }
        }
    }

    /// <summary>What the file was when a snapshot was made.</summary>
    /// <returns>Null when there was none; may be a delete marker.</returns>
    public async Task<FoundVersion?> AsOfAsync(string bucket, Head head, BucketSnapshot snapshot, CancellationToken cancellationToken)
    {
        await foreach (var found in AllAsync(bucket, head, cancellationToken))
        {
            if (found.Version.Stamp < snapshot.Number)
            {
                return found;
            }
        }

        return null;
    }

    /// <exception cref="TransferException">The keyring does not open it, or its manifest is on no node that answers.</exception>
    public async Task<Manifest> OpenAsync(string bucket, Head head, FoundVersion found, CancellationToken cancellationToken)
    {
        var root = await _heads.RootAsync(found.Version, cancellationToken);
        if (found.Key is { } key)
        {
            return OpenHeads.Manifest(head, found.Version.Id, key, root.Span);
        }

        using var owner = parts.Owner.Use();
        return OpenHeads.Manifest(head, found.Version, root.Span, owner.Bucket(bucket));
    }

    public HistoryPages PagesOf(BucketKeys bucket, CancellationToken cancellationToken) =>
        new(bucket, id => _heads.FetchAsync(id, cancellationToken));
}

/// <summary>A version, and where it was found.</summary>
/// <param name="Key">Of a version in a page; null for one whose slot is in the head.</param>
/// <param name="TopPage">The page that the head names and that the version is in or under.</param>
internal sealed record FoundVersion(HeadVersion Version, VersionKey? Key, ChunkId? TopPage);
