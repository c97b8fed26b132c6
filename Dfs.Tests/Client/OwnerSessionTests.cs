using Dfs.Actors.Client;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Client;

public sealed class OwnerSessionTests
{
    [Fact]
    public void Who_comes_after_the_lock_is_refused_and_who_came_before_ends_with_the_keys()
    {
        using var session = new OwnerSession(OwnerKeys.Create(TestBytes.FreshSource(1)));
        var before = session.Use();

        session.Lock();

        Assert.True(session.IsLocked);
        var refused = Assert.Throws<TransferException>(session.Use);
        Assert.Equal(DfsOutcome.Locked, refused.Outcome);
        var bucket = before.Bucket("files");
        Assert.False(bucket.Dedup.Span.IsEmpty);

        before.Dispose();
        Assert.Throws<ObjectDisposedException>(() => bucket.Dedup.Span.Length);
    }

    [Fact]
    public void An_owner_is_unlocked_with_its_own_keys_only()
    {
        using var session = new OwnerSession(OwnerKeys.Create(TestBytes.FreshSource(1)));
        session.Lock();
        using var other = OwnerKeys.Create(TestBytes.FreshSource(2));

        Assert.Throws<InvariantException>(() => session.Unlock(other));

        session.Unlock(OwnerKeys.Create(TestBytes.FreshSource(1)));
        using var owner = session.Use();
        Assert.Equal(session.PublicKey, owner.PublicKey);
    }

    [Fact]
    public void The_lowest_epoch_in_use_counts_what_is_under_way()
    {
        using var session = new OwnerSession(OwnerKeys.Create(TestBytes.FreshSource(1)));
        using var first = OwnerKeys.Create(TestBytes.FreshSource(1));
        var underWay = session.Use();

        session.Unlock(first.WithNewEpoch(TestBytes.FreshSource(2)));
        Assert.Equal(KeyEpoch.First, session.WritingEpoch);

        underWay.Dispose();
        Assert.Equal(new KeyEpoch(2), session.WritingEpoch);

        session.Lock();
        Assert.Null(session.WritingEpoch);
    }

    [Fact]
    public void What_a_node_tells_of_its_epochs_is_twelve_bytes()
    {
        var epochs = new OwnerEpochs(new KeyEpoch(2), new KeyEpoch(1), null);

        Assert.Equal("000000020000000100000000", Convert.ToHexString(epochs.Encode()));
        Assert.True(OwnerEpochs.TryDecode(epochs.Encode(), out var decoded));
        Assert.Equal(epochs, decoded);
        Assert.False(OwnerEpochs.TryDecode(new byte[11], out _));
    }

    // Property: whatever the order of taking, giving back, locking and unlocking, keys live exactly while somebody has them.
    [Theory, Seeds(50)]
    public void Keys_live_exactly_while_somebody_has_them(int seed)
    {
        var random = new Random(seed);
        var session = new OwnerSession(OwnerKeys.Create(TestBytes.FreshSource(1)));
        var (current, isLocked) = (new List<(UnlockedOwner Owner, BucketKeys Bucket)>(), false);
        for (var step = 0; step < 100; step++)
        {
            switch (random.Next(4))
            {
                case 0 when !isLocked:
                    var owner = session.Use();
                    current.Add((owner, owner.Bucket("files")));
                    break;
                case 1 when current.Count > 0:
                    current[0].Owner.Dispose();
                    current.RemoveAt(0);
                    break;
                case 2:
                    session.Lock();
                    isLocked = true;
                    break;
                case 3:
                    session.Unlock(OwnerKeys.Create(TestBytes.FreshSource(1)));
                    isLocked = false;
                    break;
            }

            Assert.Equal(isLocked, session.IsLocked);
            Assert.All(current, taken => Assert.Equal(32, taken.Bucket.Dedup.Span.Length));
        }

        session.Dispose();
        Assert.All(current, taken => Assert.Equal(32, taken.Bucket.Dedup.Span.Length));
        current.ForEach(taken => taken.Owner.Dispose());
        Assert.All(current, taken => Assert.Throws<ObjectDisposedException>(() => taken.Bucket.Dedup.Span.Length));
    }
}
