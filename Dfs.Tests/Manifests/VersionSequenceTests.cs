using Dfs.Actors.Client;
using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Manifests;

/// <summary>Any sequence of changes against a plain list of what there should be, with pages for what has no room in the head.</summary>
public sealed class VersionSequenceTests
{
    private readonly List<(VersionId Id, bool IsMarker, int ContentOf)> _oracle = [];
    private readonly Dictionary<ChunkId, StoredPiece> _stored = [];
    private readonly Dictionary<VersionId, int> _sizeOf = [];
    private readonly HistoryPages _pages;
    private Head? _head;
    private readonly Dictionary<VersionId, VersionLock> _locks = [];
    private VersionId? _null;
    private int _now;
    private int _operations;

    public VersionSequenceTests() =>
        _pages = new HistoryPages(Sample.Bucket, id => Task.FromResult(_stored[id].Bytes));

    // Property: order, content and marks of the versions are those of the list, wherever they are; the current one is in the
    // head; the clear references lead to every chunk that is needed; a head stays small.
    [Theory, Seeds(12)]
    public async Task Versions_are_what_the_changes_made(int seed)
    {
        var random = new Random(seed);
        var foldsEvery = random.Next(1, 6);
        for (var step = 1; step <= 200; step++)
        {
            _now = step;
            var any = _oracle.Count == 0 ? default : _oracle[random.Next(_oracle.Count)];
            switch (_oracle.Count == 0 ? 0 : random.Next(15))
            {
                case 14: CheckNothingLockedIsLostInPassing(step); break;
                case 12 or 13: await LockAsync(any, random); break;
                case 11: PutNull(step, Sample.Marker(step), isMarker: true); break;
                case 9 or 10: PutNull(step, Sample.SmallVersion(step, step), isMarker: false); break;
                case 8: await RemoveVersionAsync(_oracle[0].Id); break;
                case 7: await RestoreAsync(step, any); break;
                case 6 when random.Next(3) > 0: await RemoveVersionAsync(any.Id); break;
                case 5: Remove(step); break;
                default: Put(step, random.Next(3000)); break;
            }

            if (_head?.HasReplacedNull is true && random.Next(2) == 0)
            {
                Apply((await _pages.WithoutNullAsync(_head))!);
            }

            if (step % foldsEvery == 0 && _head is not null && _pages.Fold(_head) is { } plan)
            {
                CheckStale(plan);
                Apply(plan);
                Assert.InRange(HeadCodec.UnsignedSizeBytes(_head), 0, 16 * 1024);
            }

            await CheckAsync(random);
        }
    }

    private void Put(int step, int contentBytes)
    {
        Apply(HeadTransition.Put(_head, Sample.Put(step, Sample.SmallVersion(step, contentBytes)) with { KeepsVersions = true }));
        _oracle.Insert(0, (Sample.VersionOf(step), false, step));
        _sizeOf[Sample.VersionOf(step)] = contentBytes;
    }

    // Modes, terms and holds of all kinds; the time is the number of the step.
    private async Task LockAsync((VersionId Id, bool IsMarker, int ContentOf) any, Random random)
    {
        if (any.IsMarker)
        {
            return;
        }

        var before = _locks.GetValueOrDefault(any.Id);
        var wish = random.Next(3) == 0
            ? new LockWish(null, random.Next(2) == 0)
            : new LockWish(((LockMode)random.Next(1, 3), _now + random.Next(1, 60)), null);
        var key = new LockKey(random.Next(2) * _now, random.Next(4) == 0);
        var isInHead = _head!.Versions.Any(version => version.Id == any.Id);
        var plan = isInHead ? null : await _pages.WithLockAsync(_head, any.Id, wish, key);
        var change = isInHead
            ? HeadTransition.ChangeLock(_head, Sample.Owner.PublicKey, NextOperation(), any.Id, wish, key)
            : HeadTransition.ChangeHistory(_head, Sample.Owner.PublicKey, NextOperation(), plan!.Change);
        var isOver = before.Mode == LockMode.None || (before.Mode == LockMode.Governance && key.OpensGovernance) || key.NowUnixMs >= before.UntilUnixMs;
        if (wish.Term is { } term && !isOver && (term.Mode != before.Mode || term.UntilUnixMs < before.UntilUnixMs))
        {
            Assert.IsType<HeadChange.Locked>(change);
            return;
        }

        Store(plan?.Pieces ?? []);
        Apply(change);
        _locks[any.Id] = wish.On(before);
    }

    // Whatever a node believes of the bucket's settings: neither a put over everything nor a removal of everything takes it.
    private void CheckNothingLockedIsLostInPassing(int step)
    {
        if (_locks.Values.All(held => held == VersionLock.None))
        {
            return;
        }

        Assert.IsType<HeadChange.Locked>(HeadTransition.Put(_head, Sample.Put(200_000 + step)));
        Assert.IsType<HeadChange.Locked>(HeadTransition.Remove(_head, Sample.Remove(300_000 + step)));
        var everything = _oracle.Select(entry => entry.Id).ToHashSet();
        if (HeadTransition.Expire(_head, Sample.Owner.PublicKey, Sample.OperationOf(400_000 + step), everything, new LockKey(_now, false)) is HeadChange.Made made)
        {
            Assert.All(_head!.Versions.Where(version => version.Lock.Holds(new LockKey(_now, false))), held => Assert.Contains(held, made.Next.Versions));
        }
    }

    // What a bucket stores that has suspended the keeping of versions: one null version, wherever the one before it is.
    private void PutNull(int step, HeadVersion version, bool isMarker)
    {
        var change = HeadTransition.Put(_head, Sample.Put(step, version.AsNull()) with { KeepsVersions = true });
        if (change is HeadChange.Locked)
        {
            // Of a page it is known only that something in it is locked.
            Assert.True(_null is { } locked && (_locks.ContainsKey(locked) || _head!.HasLockInHistory));
            return;
        }

        Apply(change);
        Assert.False(_null is { } lost && _locks.GetValueOrDefault(lost) != VersionLock.None);
        _oracle.RemoveAll(entry => entry.Id == _null);
        _null = version.Id;
        _oracle.Insert(0, (version.Id, isMarker, step));
        _sizeOf[version.Id] = step;
    }

    private void Remove(int step)
    {
        var change = HeadTransition.Remove(_head, Sample.Remove(step, keepsVersions: true));
        if (_oracle[0].IsMarker)
        {
            Assert.IsType<HeadChange.NothingToDo>(change);
            return;
        }

        Apply(change);
        _oracle.Insert(0, (Sample.VersionOf(step), true, step));
    }

    private async Task RestoreAsync(int step, (VersionId Id, bool IsMarker, int ContentOf) source)
    {
        if (source.IsMarker)
        {
            return;
        }

        var contentBytes = _sizeOf[source.Id];
        var restored = Sample.Put(step, Sample.SmallVersion(step, contentBytes)) with { KeepsVersions = true };
        var gone = restored with { Operation = Sample.OperationOf(100_000 + step) };
        Assert.IsType<HeadChange.NothingToDo>(HeadTransition.Put(_head, gone with { Source = Sample.VersionOf(100_000) }));
        Assert.IsType<HeadChange.HistoryMoved>(HeadTransition.Put(_head, gone with { SourcePage = default(ChunkId) }));
        Apply(HeadTransition.Put(_head, await TopPageAsync(source.Id) is { } page
            ? restored with { SourcePage = page }
            : restored with { Source = source.Id }));
        _oracle.Insert(0, (Sample.VersionOf(step), false, step));
        _sizeOf[Sample.VersionOf(step)] = contentBytes;
    }

    private async Task RemoveVersionAsync(VersionId named)
    {
        if (_locks.GetValueOrDefault(named) is var held && held.Holds(new LockKey(_now, OpensGovernance: false)))
        {
            await CheckStaysAsync(named, LockKey.None);
            await CheckStaysAsync(named, new LockKey(_now, held.IsHeld || held.Mode != LockMode.Governance));
            return;
        }

        // The null version goes by either name.
        var id = named == _null && _operations % 2 == 0 ? VersionId.Null : named;
        if (_head!.HasReplacedNull && named == _null)
        {
            Assert.IsType<HeadChange.NullInHistory>(RemoveFromHead(id, null));
            Apply((await _pages.WithoutNullAsync(_head))!);
        }

        if (_head!.Versions.All(version => !version.Is(id)))
        {
            Apply((await _pages.WithoutAsync(_head, id, new LockKey(_now, OpensGovernance: false)))!);
        }
        else
        {
            StoredPiece? root = null;
            var change = RemoveFromHead(id, root);
            if (change is HeadChange.HistoryNeeded)
            {
                Apply(await _pages.UnfoldAsync(_head));
                change = RemoveFromHead(id, root);
            }

            if (change is HeadChange.RootNeeded { Root: var wanted })
            {
                change = RemoveFromHead(id, _stored[wanted]);
            }

            Apply(change);
        }

        _oracle.RemoveAll(entry => entry.Id == named);
        _null = named == _null ? null : _null;
        _locks.Remove(named);
    }

    private async Task CheckStaysAsync(VersionId id, LockKey key)
    {
        var change = _head!.Versions.Any(version => version.Id == id)
            ? HeadTransition.RemoveVersion(_head, Sample.Owner.PublicKey, NextOperation(), id, key)
            : HeadTransition.ChangeHistory(_head, Sample.Owner.PublicKey, NextOperation(), (await _pages.WithoutAsync(_head, id, key))!.Change);
        Assert.IsType<HeadChange.Locked>(change);
    }

    private HeadChange RemoveFromHead(VersionId id, StoredPiece? root) => HeadTransition.RemoveVersion(
        _head, Sample.Owner.PublicKey, NextOperation(), id, new LockKey(_now, OpensGovernance: false), root);

    // Whoever folds a head that has changed in the wrong place is told so.
    private void CheckStale(HistoryPlan plan)
    {
        var other = _head! with { Versions = _head.Versions.RemoveAt(_head.Versions.Length - 1) };
        Assert.IsType<HeadChange.HistoryMoved>(
            HeadTransition.ChangeHistory(other, Sample.Owner.PublicKey, Sample.OperationOf(-7), plan.Change));
        Assert.IsType<HeadChange.HistoryMoved>(HeadTransition.ChangeHistory(
            _head with { Grants = new ByteString([1]) }, Sample.Owner.PublicKey, Sample.OperationOf(-7), plan.Change));
        Assert.IsType<HeadChange.HistoryMoved>(HeadTransition.ChangeHistory(
            _head with { History = plan.Change.To }, Sample.Owner.PublicKey, Sample.OperationOf(-7), plan.Change));
    }

    private void Apply(HistoryPlan plan)
    {
        Store(plan.Pieces);
        Apply(HeadTransition.ChangeHistory(_head, Sample.Owner.PublicKey, NextOperation(), plan.Change));
    }

    private void Apply(HeadChange change)
    {
        var made = Assert.IsType<HeadChange.Made>(change);
        Store(made.Pieces);
        Assert.True(HeadCodec.TryDecode(HeadCodec.Encode(Sample.Signed(made.Next)), out var decoded));
        Assert.Equal(made.Next, decoded.Head);
        Assert.Equal(_head is null ? default : HeadCodec.HashOf(_head), decoded.Head.Previous);
        _head = decoded.Head;
    }

    private void Store(IEnumerable<StoredPiece> pieces)
    {
        foreach (var piece in pieces)
        {
            Assert.Equal(piece.Id, ChunkTree.IdOf(piece.Bytes.Span));
            _stored[piece.Id] = piece;
        }
    }

    private async Task CheckAsync(Random random)
    {
        var all = await PagedAsync();
        var paged = all.Where(version => _head!.Shows(version.Version)).ToList();
        Assert.Equal(_head!.HasNullInHistory, all.Any(version => version.Version.IsNull));
        Assert.Equal(
            _oracle.Select(entry => (entry.Id, entry.IsMarker)),
            _head!.Versions.Concat(paged.Select(version => version.Version)).Select(version => (version.Id, version.IsDeleteMarker)));
        Assert.All(_head.Versions.Concat(paged.Select(version => version.Version)), version => Assert.Equal(_locks.GetValueOrDefault(version.Id), version.Lock));
        Assert.Equal(_oracle.Count == 0, _head.IsRemoved);
        Assert.Equal(_oracle is [{ IsMarker: false } first, ..] ? first.Id : null, _head.Readable?.Id);
        Assert.Equal(Reachable(), all.SelectMany(version => version.Version.NamedChunks()).ToHashSet());
        // Garbage collection takes what this does not name.
        var walked = await new ReferenceWalk(id => Task.FromResult(_stored[id].Bytes)).OfHeadAsync(_head, CancellationToken.None).ToHashSetAsync();
        Assert.Subset(walked, new HashSet<ChunkId>([.. Reachable(), .. _head.History?.Pages.SelectMany(page => new[] { page.Page, page.References }) ?? [],
            .. _head.Versions.SelectMany(version => version.NamedChunks())]));
        if (_oracle.Count > 0)
        {
            Assert.NotNull(_head.Current!.Root);
            var at = random.Next(_oracle.Count);
            var wanted = _oracle[at].IsMarker ? [] : TestBytes.Random(_oracle[at].ContentOf, _sizeOf[_oracle[at].Id]);
            Assert.Equal(wanted, at < _head.Versions.Length ? Content(_head.Versions[at], null) : Content(paged[at - _head.Versions.Length].Version, paged[at - _head.Versions.Length].Key));
        }
    }

    // What a node without keys finds of the history's needs, the pages themselves left out.
    private HashSet<ChunkId> Reachable()
    {
        var found = new HashSet<ChunkId>();
        var open = new Stack<ChunkId>(_head!.History?.Pages.Select(page => page.References) ?? []);
        while (open.TryPop(out var id))
        {
            Assert.True(HistoryReferences.TryDecode(_stored[id].Bytes.Span, out var references));
            var isAbovePages = references.Items.Any(item => item.Kind == HistoryReferenceKind.PageReferences);
            foreach (var item in references.Items)
            {
                if (item.Kind == HistoryReferenceKind.PageReferences)
                {
                    open.Push(item.Id);
                }
                else if (!isAbovePages)
                {
                    found.Add(item.Id);
                }
            }
        }

        return found;
    }

    private async Task<List<PagedVersion>> PagedAsync()
    {
        var versions = new List<PagedVersion>();
        await foreach (var (_, page) in _pages.WalkAsync(_head!))
        {
            versions.AddRange(page.Versions);
        }

        return versions;
    }

    private async Task<ChunkId?> TopPageAsync(VersionId id)
    {
        await foreach (var (path, page) in _pages.WalkAsync(_head!))
        {
            if (page.Versions.Any(paged => paged.Version.Id == id))
            {
                return _head!.History!.Pages[path.Entry].Page;
            }
        }

        return null;
    }

    private byte[] Content(HeadVersion version, VersionKey? key)
    {
        var root = version.Root?.Memory ?? _stored[version.RootChunk!.Value].Bytes;
        key ??= OpenHeads.KeyOf(version.Slot, Sample.Place(EnvelopeKind.KeySlot, version.Id), Sample.Bucket.Wraps);
        Assert.True(Manifest.TryOpen(key, Sample.Place(EnvelopeKind.Manifest, version.Id), root.Span, out var manifest));
        return manifest.Content!.Span.ToArray();
    }

    private OperationId NextOperation() => Sample.OperationOf(1_000_000 + _operations++);
}
