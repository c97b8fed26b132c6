using System.Collections.Immutable;
using Dfs.Core.Manifests;
using Dfs.Gateway.S3.Operations;
using Dfs.Gateway.S3.Requests;

namespace Dfs.Gateway.S3.Sealing;

/// <summary>How a request wants its content encrypted: with the owner's keys, as everything is, or with a key of the client's too.</summary>
internal sealed class RequestedSeal : IDisposable
{
    private const string KeyIdHeader = ObjectReads.EncryptionHeader + "-aws-kms-key-id";

    private RequestedSeal(CustomerKey? key, ContentSeal? seal) => (Key, Seal) = (key, seal);

    /// <summary>Null for none of the client's.</summary>
    public CustomerKey? Key { get; }

    public ContentSeal? Seal { get; }

    /// <summary>For a new object or upload.</summary>
    /// <exception cref="S3Exception">The headers contradict each other, or ask for what is not offered.</exception>
    public static RequestedSeal OfObject(S3Call call)
    {
        var key = Checked(call);
        return new RequestedSeal(key, key is null ? null : ContentSeal.Create(key));
    }

    /// <summary>For a part: as its upload was begun.</summary>
    public static RequestedSeal OfPart(S3Call call, Upload upload)
    {
        var key = Checked(call);
        var isSealed = upload.Facts.Metadata.TryGetValue(ContentSeal.Name, out var wrapped);
        return isSealed != (key is not null)
            ? throw new S3Exception(S3Error.InvalidRequest.Saying("A part is encrypted with the key that its upload was begun with."))
            : new RequestedSeal(key, isSealed ? ContentSeal.Open(wrapped!, key!) : null);
    }

    /// <summary>Facts of the object with what opens it.</summary>
    public FileFacts On(FileFacts facts) =>
        Seal is null ? facts : facts with { Metadata = facts.Metadata.SetItem(ContentSeal.Name, Seal.Wrapped) };

    /// <summary>What an object has of a seal, its parts among it; of no use to a copy that is encrypted anew.</summary>
    public static ImmutableSortedDictionary<string, string> Without(ImmutableSortedDictionary<string, string> metadata) =>
        metadata.Remove(ContentSeal.Name).Remove(SealedParts.Name).Remove(PartSizes.Name);

    public void Dispose()
    {
        Seal?.Dispose();
        Key?.Dispose();
    }

    private static CustomerKey? Checked(S3Call call)
    {
        var (method, keyId) = (call.Header(ObjectReads.EncryptionHeader), call.Header(KeyIdHeader));
        var key = CustomerKey.Of(call.Header, CustomerKey.Prefix);
        if ((key is not null && (method is not null || keyId is not null)) || (keyId is not null && method is null or ObjectReads.Encryption)
            || method is not (null or ObjectReads.Encryption or "aws:kms" or "aws:kms:dsse"))
        {
            key?.Dispose();
            throw new S3Exception(S3Error.InvalidArgument.Saying("The encryption that is asked for is not one, or two at once."));
        }

        return method is null or ObjectReads.Encryption ? key : throw new S3Exception(S3Error.NotImplemented.Saying("There is no key management service here."));
    }
}
