using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Manifests;

public sealed class HeadTransitionTests
{
    [Fact]
    public void A_bucket_without_versions_replaces_and_one_with_them_keeps()
    {
        var first = Sample.Made(HeadTransition.Put(null, Sample.Put(1)));

        var replaced = Sample.Made(HeadTransition.Put(first, Sample.Put(2)));
        var kept = Sample.Made(HeadTransition.Put(first, Sample.Put(2) with { KeepsVersions = true }));

        Assert.Equal([Sample.VersionOf(2)], replaced.Versions.Select(version => version.Id));
        Assert.Equal([Sample.VersionOf(2), Sample.VersionOf(1)], kept.Versions.Select(version => version.Id));
        Assert.Equal(Sample.VersionOf(2), kept.Readable?.Id);
    }

    [Fact]
    public void Conditions_are_about_what_a_reader_gets()
    {
        var present = Sample.Made(HeadTransition.Put(null, Sample.Put(1)));
        var removed = Sample.Made(HeadTransition.Remove(present, Sample.Remove(2)));
        var marked = Sample.Made(HeadTransition.Remove(present, Sample.Remove(2, keepsVersions: true)));
        var ifAbsent = Sample.Put(3) with { Condition = HeadCondition.IfAbsent };
        var ifFirst = Sample.Put(3) with { Condition = HeadCondition.IfVersion(Sample.VersionOf(1)) };

        Assert.All(new[] { null, removed, marked }, head => Sample.Made(HeadTransition.Put(head, ifAbsent)));
        Assert.Equal(
            Sample.VersionOf(1), Assert.IsType<HeadChange.ConditionFailed>(HeadTransition.Put(present, ifAbsent)).Current);
        Sample.Made(HeadTransition.Put(present, ifFirst));
        Assert.All(
            new[] { null, removed, marked },
            head => Assert.Null(Assert.IsType<HeadChange.ConditionFailed>(HeadTransition.Put(head, ifFirst)).Current));
        Assert.IsType<HeadChange.ConditionFailed>(HeadTransition.Remove(
            present, Sample.Remove(3) with { Condition = HeadCondition.IfVersion(Sample.VersionOf(9)) }));
    }

    [Fact]
    public void A_tombstone_keeps_no_key_no_name_and_no_version()
    {
        var head = HeadTests.History(3, keepsVersions: false);

        var removed = Sample.Made(HeadTransition.Remove(head, Sample.Remove(9)));

        Assert.True(removed.IsRemoved);
        Assert.True(removed.Name.IsEmpty);
        Assert.Empty(removed.Versions);
        Assert.Equal(head.Counter + 1, removed.Counter);
        Assert.Equal(HeadCodec.HashOf(head), removed.Previous);
        Assert.True(HeadCodec.TryDecode(HeadCodec.Encode(Sample.Signed(removed)), out var decoded));
        Assert.Equal(removed, decoded.Head);
        Assert.IsType<HeadChange.NothingToDo>(HeadTransition.Remove(removed, Sample.Remove(10)));
    }

    [Fact]
    public void A_delete_marker_hides_what_can_be_taken_back()
    {
        var head = HeadTests.History(2, keepsVersions: true);

        var marked = Sample.Made(HeadTransition.Remove(head, Sample.Remove(9, keepsVersions: true)));
        Assert.Null(marked.Readable);
        Assert.True(marked.Versions[0].IsDeleteMarker);
        Assert.True(HeadCodec.TryDecode(HeadCodec.Encode(Sample.Signed(marked)), out var decoded));
        Assert.Equal(marked, decoded.Head);
        Assert.Equal(3, marked.Versions.Length);
        Assert.IsType<HeadChange.NothingToDo>(HeadTransition.Remove(marked, Sample.Remove(10, keepsVersions: true)));

        var back = Sample.Made(HeadTransition.RemoveVersion(
            marked, Sample.Owner.PublicKey, Sample.OperationOf(11), Sample.VersionOf(9), LockKey.None));
        Assert.Equal(Sample.VersionOf(2), back.Readable?.Id);
    }

    [Fact]
    public void Taking_out_the_last_version_leaves_a_tombstone()
    {
        var head = HeadTests.History(1, keepsVersions: true);

        var removed = Sample.Made(HeadTransition.RemoveVersion(
            head, Sample.Owner.PublicKey, Sample.OperationOf(11), Sample.VersionOf(1), LockKey.None));

        Assert.True(removed.IsRemoved);
        Assert.IsType<HeadChange.NothingToDo>(HeadTransition.RemoveVersion(
            removed, Sample.Owner.PublicKey, Sample.OperationOf(12), Sample.VersionOf(1), LockKey.None));
    }

    [Fact]
    public void An_operation_whose_answer_was_lost_is_not_made_twice()
    {
        var put = Sample.Put(1) with { Condition = HeadCondition.IfAbsent };
        var head = Sample.Made(HeadTransition.Put(null, put));
        var removed = Sample.Made(HeadTransition.Remove(head, Sample.Remove(2)));

        Assert.IsType<HeadChange.AlreadyMade>(HeadTransition.Put(head, put));
        Assert.IsType<HeadChange.AlreadyMade>(HeadTransition.Put(removed, put));
        Assert.IsType<HeadChange.AlreadyMade>(HeadTransition.Remove(removed, Sample.Remove(2)));
    }

    [Fact]
    public void The_last_sixteen_operations_are_remembered()
    {
        var head = HeadTests.History(20, keepsVersions: false);

        Assert.Equal(Enumerable.Range(5, 16).Reverse().Select(Sample.OperationOf), head.Operations);
    }

    [Fact]
    public void Another_owner_cannot_change_a_head()
    {
        var head = HeadTests.History(1, keepsVersions: false);
        using var stranger = new OwnerSigner(TestBytes.From(3, OwnerSigner.SeedBytes));

        Assert.IsType<HeadChange.OtherOwner>(HeadTransition.Put(head, Sample.Put(2) with { Owner = stranger.PublicKey }));
        Assert.IsType<HeadChange.OtherOwner>(HeadTransition.Remove(head, Sample.Remove(2) with { Owner = stranger.PublicKey }));
    }

    [Fact]
    public void A_file_that_returns_counts_on_from_the_floor()
    {
        var head = Sample.Made(HeadTransition.Put(null, Sample.Put(1) with { CounterFloor = 41 }));

        Assert.Equal(42UL, head.Counter);
    }

    // Property: over any history, a head fits its limit, older manifests leave it, and every piece is the chunk it says.
    [Fact]
    public void A_long_history_of_small_files_stays_small_until_it_says_that_it_is_full()
    {
        Head? head = null;
        var stored = new HashSet<ChunkId>();
        for (var i = 1; i < 1000; i++)
        {
            var put = Sample.Put(i, Sample.SmallVersion(i, contentBytes: 2000)) with { KeepsVersions = true };
            var change = HeadTransition.Put(head, put);
            if (change is HeadChange.HistoryFull full)
            {
                Assert.InRange(full.Versions, 300, 400);
                return;
            }

            var made = Assert.IsType<HeadChange.Made>(change);
            Assert.All(made.Pieces, piece => Assert.Equal(piece.Id, ChunkTree.IdOf(piece.Bytes.Span)));
            stored.UnionWith(made.Pieces.Select(piece => piece.Id));
            head = made.Next;
            Assert.NotNull(head.Versions[0].Root);
            Assert.All(head.Versions, version => Assert.True(version.Root is not null || stored.Contains(version.RootChunk!.Value)));
            Assert.InRange(HeadCodec.UnsignedSizeBytes(head), 0, HeadCodec.UnsignedBytesMax);
        }

        Assert.Fail("a head cannot hold any number of versions");
    }

    [Fact]
    public void A_replaced_version_keeps_its_place()
    {
        var head = HeadTests.History(3, keepsVersions: true);
        using var key = Sample.VersionKey(2);
        var slot = Sample.Slot(Sample.VersionOf(2), key, TestBytes.FreshSource(99));

        var next = Sample.Made(HeadTransition.ReplaceVersion(
            head, Sample.Owner.PublicKey, Sample.OperationOf(50), head.Versions[1].WithSlot(slot)));

        Assert.Equal(slot, next.Versions[1].Slot);
        Assert.Equal(head.Versions.Select(version => version.Id), next.Versions.Select(version => version.Id));
    }
}
