using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;

namespace Dfs.Actors.Client;

/// <summary>Takes from an owner's heads what listings need.</summary>
/// <param name="buckets">Those whose names are known: the keys of a bucket are made of its name. Settings that are opened add theirs.</param>
internal sealed class NameOpener(UnlockedOwner owner, KnownBuckets buckets)
{
    /// <inheritdoc cref="HeadOpener"/>
    public HeadFacts? Open(RegisterId register, ReadOnlySpan<byte> value)
    {
        if (!HeadCodec.TryPeekOwner(value, out var its) || its != owner.PublicKey
            || !HeadCodec.TryDecode(value, out var signedHead) || signedHead.Head is not { } head || head.Register != register)
        {
            return null;
        }

        var facts = new HeadFacts(
            head.Bucket, head.IsRemoved, !head.Grants.IsEmpty, ShareTransition.OldestEpochOf(head), Name: null, IsSealed: false,
            HasHistory: head.Versions.Length > 1 || head.History is not null || head.Current is { IsDeleteMarker: true });
        return head.Current is { Root: { } root } version
            ? buckets.NameOf(head.Bucket) is { } bucket ? Open(facts, head, version, root, bucket) : facts with { IsSealed = true }
            : facts;
    }

    private HeadFacts Open(HeadFacts facts, Head head, HeadVersion version, ByteString root, string bucket)
    {
        var opened = Open(facts, head, version, root, owner.Bucket(bucket));
        if (bucket == ObjectKey.SettingsBucket && opened.Name is { IsRemoved: false } its)
        {
            // As early as that: what the same feed tells of the bucket's files comes behind it.
            buckets.Add(owner, its.Name);
            buckets.Add(owner, ObjectKey.UploadsOf(its.Name));
        }

        return opened;
    }

    private static HeadFacts Open(HeadFacts facts, Head head, HeadVersion version, ByteString root, BucketKeys bucket)
    {
        if (!SealedName.TryOpen(bucket.Listing, head.PlaceOf(EnvelopeKind.Name), head.Name, out var name))
        {
            return facts with { IsSealed = true };
        }

        try
        {
            var manifest = OpenHeads.Manifest(head, version, root.Span, bucket);
            return facts with
            {
                Name = new ListedName(
                    name, (long)manifest.PlainBytes, manifest.Facts.ModifiedUnixMs, manifest.Facts.ETagText, version.Id,
                    version.IsDeleteMarker),
            };
        }
        catch (TransferException)
        {
            // The name opens and the content does not: it is listed, and a get says what is wrong.
            return facts with { Name = new ListedName(name, 0, 0, "", version.Id, version.IsDeleteMarker), IsSealed = true };
        }
    }
}
