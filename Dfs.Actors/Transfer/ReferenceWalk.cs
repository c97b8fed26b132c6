using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Transfer;

/// <summary>Names every chunk that a head needs, without any key: from the head itself and from the clear pages beside it.</summary>
/// <remarks>
/// All that a head, or a page that it names, can refer to is enumerated here and nowhere else: garbage collection takes what is
/// not. Holds a page of each level, less than a MiB; an id may come more than once.
/// </remarks>
/// <param name="fetch">Gives a chunk's bytes, checked against its name; throws <see cref="TransferException"/> when nobody has it.</param>
internal sealed class ReferenceWalk(Func<ChunkId, Task<ReadOnlyMemory<byte>>> fetch)
{
    /// <exception cref="TransferException">A page is on no node that answers, or is none.</exception>
    public async IAsyncEnumerable<ChunkId> OfHeadAsync(Head head, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var version in head.Versions)
        {
            if (version.RootChunk is { } root)
            {
                yield return root;
            }

            await foreach (var id in OfListAsync(version.References, cancellationToken).ConfigureAwait(false))
            {
                yield return id;
            }
        }

        foreach (var page in head.History?.Pages ?? ImmutableArray<HistoryPageRef>.Empty)
        {
            yield return page.Page;
            await foreach (var id in OfHistoryAsync(page.References, HistoryPage.LevelMax, cancellationToken).ConfigureAwait(false))
            {
                yield return id;
            }
        }
    }

    /// <inheritdoc cref="OfHeadAsync"/>
    public async IAsyncEnumerable<ChunkId> OfListAsync(ReferenceList list, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var id in list.Ids)
        {
            yield return id;
        }

        if (list.Root is { } root)
        {
            await foreach (var id in OfPageAsync(root, ReferencePage.LevelMax, cancellationToken).ConfigureAwait(false))
            {
                yield return id;
            }
        }
    }

    private async IAsyncEnumerable<ChunkId> OfPageAsync(
        ChunkId id, int levelMax, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        yield return id;
        var page = ReferencePage.TryDecode((await fetch(id).ConfigureAwait(false)).Span, out var read) && read.Level <= levelMax
            ? read
            : throw Unreadable(id);
        foreach (var child in page.Ids)
        {
            if (page.Level == 0)
            {
                yield return child;
                continue;
            }

            await foreach (var below in OfPageAsync(child, page.Level - 1, cancellationToken).ConfigureAwait(false))
            {
                yield return below;
            }
        }
    }

    private async IAsyncEnumerable<ChunkId> OfHistoryAsync(
        ChunkId id, int levelMax, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        yield return id;
        var references = HistoryReferences.TryDecode((await fetch(id).ConfigureAwait(false)).Span, out var read)
            ? read
            : throw Unreadable(id);
        foreach (var item in references.Items)
        {
            var below = item.Kind switch
            {
                HistoryReferenceKind.VersionReferences => OfPageAsync(item.Id, ReferencePage.LevelMax, cancellationToken),
                HistoryReferenceKind.PageReferences when levelMax > 0 => OfHistoryAsync(item.Id, levelMax - 1, cancellationToken),
                HistoryReferenceKind.PageReferences => throw Unreadable(item.Id),
                _ => null,
            };
            if (below is null)
            {
                yield return item.Id;
                continue;
            }

            await foreach (var named in below.ConfigureAwait(false))
            {
                yield return named;
            }
        }
    }

    private static TransferException Unreadable(ChunkId id) =>
        new(DfsOutcome.Damaged, $"Chunk {id} should be a page of references, and is none.");
}
