using Dfs.Actors.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using Dfs.Tests.Manifests;

namespace Dfs.Tests.Client;

/// <summary>Heads as puts and removals of an owner leave them; their signatures are good for one of them.</summary>
internal sealed class OwnedFiles(OwnerSession session, ClusterId cluster)
{
    private readonly FreshSource _fresh = TestBytes.FreshSource(7);
    private BatchSignature? _signature;

    public RegisterId RegisterOf(string name, string bucket = "files")
    {
        using var owner = session.Use();
        return owner.Bucket(bucket).TokenOf(KeyOf(name, bucket));
    }

    /// <param name="sizeBytes">Of the content, which stands in the head.</param>
    public byte[] Put(string name, int sizeBytes = 0, string bucket = "files")
    {
        using var owner = session.Use();
        var (keys, key, version) = (owner.Bucket(bucket), KeyOf(name, bucket), OwnerSession.NewVersion());
        var place = new EnvelopeContext(EnvelopeKind.Manifest, cluster, keys.Id, keys.TokenOf(key), version);
        using var versionKey = OwnerSession.NewVersionKey();
        var manifest = ManifestBuilder.OfContent(
            FileFacts.None with { ModifiedUnixMs = 1000 }, new byte[sizeBytes], versionKey, place, _fresh());
        return Encode(HeadTransition.Put(null, new HeadPut
        {
            Cluster = cluster,
            Bucket = keys.Id,
            Register = place.Register,
            Owner = owner.PublicKey,
            Operation = OwnerSession.NewOperation(),
            Version = HeadVersion.Of(version, OwnerSession.SlotOf(versionKey, keys, place), manifest),
            Retention = Retention.None,
            Name = SealedName.Seal(keys.Listing, place with { Kind = EnvelopeKind.Name, Version = default }, _fresh(), key),
        }));
    }

    /// <param name="withMarker">As in a bucket that keeps versions.</param>
    public byte[] Removed(string name, bool withMarker, string bucket = "files")
    {
        using var owner = session.Use();
        Assert.True(HeadCodec.TryDecode(Put(name, bucket: bucket), out var before));
        var (keys, version) = (owner.Bucket(bucket), OwnerSession.NewVersion());
        var place = before.Head.PlaceOf(EnvelopeKind.Manifest, version);
        using var versionKey = OwnerSession.NewVersionKey();
        var marker = HeadVersion.DeleteMarker(
            version, OwnerSession.SlotOf(versionKey, keys, place),
            ManifestBuilder.OfContent(FileFacts.None, [], versionKey, place, _fresh()));
        return Encode(HeadTransition.Remove(before.Head, new HeadRemove(
            owner.PublicKey, OwnerSession.NewOperation(), HeadCondition.None, withMarker ? marker : null, Retention.None)));
    }

    private byte[] Encode(HeadChange change)
    {
        var head = Sample.Made(change);
        return HeadCodec.Encode(new SignedHead(head, _signature ??= Sample.Signed(head).Signature));
    }

    private static ObjectKey KeyOf(string name, string bucket) =>
        bucket == ObjectKey.SettingsBucket ? ObjectKey.OfSettings(name)
        : ObjectKey.TryCreate(bucket, name, out var key, out var refusal) ? key : throw new ArgumentException(refusal);
}
