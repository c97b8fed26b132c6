using System.Collections.Immutable;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Crypto;

public sealed class OwnerKeysTests
{
    // Made by a second implementation (Python); docs/formats/keyring.md shows them.
    [Fact]
    public void Everything_is_derived_as_in_format_1()
    {
        using var keys = OwnerOf(0x20, 0x21);
        using var bucket = keys.OfBucket("files");
        Assert.True(bucket.TryWrapKey(KeyEpoch.First, out var wrap));

        Assert.Equal("d7ae64fc04102044200f6bc9cfd987f7deb5bee1527f8ce7121658b982fc9c14", keys.Id.ToString());
        Assert.Equal("f80039ea1fdee42bc6773424d5da813e", bucket.Id.ToString());
        Assert.Equal(
            "6649cfe7fe8495963a22e63a01fbaf84e063dfb36e1571cf41a0993d69da060a", bucket.TokenOf(NameOf("readme.txt")).ToString());
        Assert.Equal("01a32d2bcd5db237ad38152a5f9262213276b9dded154284afbd4fd961b5769f", Hex(bucket.Dedup));
        Assert.Equal("a0f171e85017e0e25c72d3adb8801a3a8446753c9aa3339204086d94b0d1b98a", Hex(bucket.Cutting));
        Assert.Equal("43b670e77047a43c55569c5b54f641f28603a9e734ca0f8f541175a50746675f", Hex(bucket.Listing));
        Assert.Equal("fe1d10667dd3e107e6ee88527e6dfb4925571b893f97ac24c25935e9c0cb1a1c", Hex(wrap));
    }

    [Fact]
    public void Copies_of_a_keyring_agree_and_sign_as_one_owner()
    {
        using var here = OwnerOf(1, 2);
        using var there = OwnerOf(1, 2);
        using var signer = there.CreateSigner();
        var transition = new Bytes32(TestBytes.From(9));

        Assert.Equal(here.OfBucket("photos").TokenOf(NameOf("a", "photos")), there.OfBucket("photos").TokenOf(NameOf("a", "photos")));
        Assert.True(new SignatureVerifier().Verify(here.PublicKey, transition, signer.Sign(transition)));
    }

    [Fact]
    public void Owners_buckets_and_epochs_share_no_key()
    {
        using var one = OwnerOf(1, 2);
        using var other = OwnerOf(3, 2);
        BucketKeys[] buckets = [one.OfBucket("files"), one.OfBucket("other"), other.OfBucket("files")];

        var keys = buckets.SelectMany(bucket => new SecretKey[] { bucket.Dedup, bucket.Cutting, bucket.Listing, WrapOf(bucket) });

        Assert.Equal(12, keys.Select(Hex).Distinct().Count());
        Assert.Equal(3, buckets.Select(bucket => bucket.Id).Distinct().Count());
    }

    [Fact]
    public void What_is_new_is_wrapped_in_the_highest_epoch_and_a_destroyed_one_opens_nothing()
    {
        var epochs = ImmutableSortedDictionary<KeyEpoch, EpochSecret>.Empty
            .Add(new KeyEpoch(7), new EpochSecret(TestBytes.From(7))).Add(new KeyEpoch(3), new EpochSecret(TestBytes.From(3)));
        using var keys = new OwnerKeys(new RootKey(TestBytes.From(1)), epochs);
        using var bucket = keys.OfBucket("files");

        Assert.Equal(new KeyEpoch(7), bucket.CurrentEpoch);
        Assert.True(bucket.TryWrapKey(new KeyEpoch(3), out _));
        Assert.False(bucket.TryWrapKey(KeyEpoch.First, out _));
    }

    [Fact]
    public void A_key_of_another_bucket_is_a_programming_error()
    {
        using var keys = OwnerOf(1, 2);
        using var bucket = keys.OfBucket("photos");

        Assert.Throws<InvariantException>(() => bucket.TokenOf(NameOf("a")));
    }

    [Fact]
    public void Nothing_secret_is_printed()
    {
        using var keys = OwnerOf(1, 2);
        using var bucket = keys.OfBucket("files");

        Assert.DoesNotContain("0102", $"{keys}{keys.Root}{bucket}{keys.CreateSigner()}{keys.Epochs[KeyEpoch.First]}", StringComparison.Ordinal);
    }

    private static OwnerKeys OwnerOf(byte root, byte epoch) =>
        new(
            new RootKey(TestBytes.From(root)),
            ImmutableSortedDictionary<KeyEpoch, EpochSecret>.Empty.Add(KeyEpoch.First, new EpochSecret(TestBytes.From(epoch))));

    private static WrapKey WrapOf(BucketKeys bucket) =>
        bucket.TryWrapKey(KeyEpoch.First, out var wrap) ? wrap : throw new InvalidOperationException("no such epoch");

    private static ObjectKey NameOf(string name, string bucket = ObjectKey.DefaultBucket) =>
        ObjectKey.TryCreate(bucket, name, out var key, out _) ? key : throw new ArgumentException(name);

    private static string Hex(SecretKey key) => Convert.ToHexStringLower(key.Span);
}
