using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Manifests;

/// <summary>Any sequence of changes against a plain list of what there should be.</summary>
public sealed class VersionSequenceTests
{
    private readonly List<(VersionId Id, bool IsMarker, int ContentOf)> _oracle = [];
    private readonly Dictionary<ChunkId, StoredPiece> _stored = [];
    private readonly Dictionary<VersionId, int> _seedOf = [];
    private Head? _head;

    // Property: order, content and marks of the versions are those of the list; the current one is always in the head.
    [Theory, Seeds(30)]
    public void Versions_are_what_the_changes_made(int seed)
    {
        var random = new Random(seed);
        for (var step = 1; step <= 150; step++)
        {
            var operation = Sample.OperationOf(step);
            var any = _oracle.Count == 0 ? default : _oracle[random.Next(_oracle.Count)];
            switch (_oracle.Count == 0 ? 0 : random.Next(8))
            {
                case 6: Restore(step, any); break;
                case 7 when random.Next(3) > 0: RemoveVersion(operation, any.Id); break;
                case 5: Remove(step); break;
                default: Put(step, random.Next(3000)); break;
            }

            Check(random);
        }
    }

    private void Put(int step, int contentBytes)
    {
        Apply(HeadTransition.Put(_head, Sample.Put(step, Sample.SmallVersion(step, contentBytes)) with { KeepsVersions = true }));
        _oracle.Insert(0, (Sample.VersionOf(step), false, step));
        _seedOf[Sample.VersionOf(step)] = contentBytes;
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

    private void Restore(int step, (VersionId Id, bool IsMarker, int ContentOf) source)
    {
        if (source.IsMarker)
        {
            return;
        }

        var contentBytes = _seedOf[source.Id];
        var restored = Sample.Put(step, Sample.SmallVersion(step, contentBytes)) with { KeepsVersions = true, Source = source.Id };
        Apply(HeadTransition.Put(_head, restored));
        _oracle.Insert(0, (Sample.VersionOf(step), false, step));
        _seedOf[Sample.VersionOf(step)] = contentBytes;
        Assert.IsType<HeadChange.NothingToDo>(HeadTransition.Put(
            _head, restored with { Operation = Sample.OperationOf(100_000 + step), Source = Sample.VersionOf(100_000) }));
    }

    private void RemoveVersion(OperationId operation, VersionId id)
    {
        var change = HeadTransition.RemoveVersion(_head, Sample.Owner.PublicKey, operation, id);
        if (change is HeadChange.RootNeeded { Root: var wanted })
        {
            change = HeadTransition.RemoveVersion(_head, Sample.Owner.PublicKey, operation, id, _stored[wanted]);
        }

        Apply(change);
        _oracle.RemoveAll(entry => entry.Id == id);
    }

    private void Apply(HeadChange change)
    {
        var made = Assert.IsType<HeadChange.Made>(change);
        foreach (var piece in made.Pieces)
        {
            _stored[piece.Id] = piece;
        }

        Assert.True(HeadCodec.TryDecode(HeadCodec.Encode(Sample.Signed(made.Next)), out var decoded));
        _head = decoded.Head;
    }

    private void Check(Random random)
    {
        Assert.Equal(_oracle.Select(entry => (entry.Id, entry.IsMarker)), _head!.Versions.Select(version => (version.Id, version.IsDeleteMarker)));
        Assert.Equal(_oracle.Count == 0, _head.IsRemoved);
        Assert.Equal(_oracle is [{ IsMarker: false } first, ..] ? first.Id : null, _head.Readable?.Id);
        if (_oracle.Count > 0)
        {
            Assert.NotNull(_head.Current!.Root);
            var at = random.Next(_oracle.Count);
            Assert.Equal(_oracle[at].IsMarker ? [] : TestBytes.Random(_oracle[at].ContentOf, _seedOf[_oracle[at].Id]), Content(_head.Versions[at]));
        }
    }

    private byte[] Content(HeadVersion version)
    {
        var root = version.Root?.Memory ?? _stored[version.RootChunk!.Value].Bytes;
        Assert.True(Sample.Bucket.TryWrapKey(version.Slot.Epoch, out var wrap));
        Assert.True(version.Slot.TryUnwrap(wrap, Sample.Place(Core.Crypto.EnvelopeKind.KeySlot, version.Id), out var key));
        Assert.True(Manifest.TryOpen(key, Sample.Place(Core.Crypto.EnvelopeKind.Manifest, version.Id), root.Span, out var manifest));
        return manifest.Content!.Span.ToArray();
    }
}
