using System.Globalization;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.S3.Requests;

namespace Dfs.Gateway.S3.Access;

/// <summary>Says whether a request may do what it asks: by the bucket's policy, then by access control lists.</summary>
/// <remarks>
/// First the access key must be granted what is asked, whatever the bucket says. A policy's denial outweighs everything else, but an owner can always see and
/// change the policy. The bucket's owner may do what no policy denies. What an object's list has to say is asked when the object was opened, so that it costs no
/// second look. One per request.
/// </remarks>
internal sealed class Authorizer(S3Call call)
{
    private const string ListAction = "s3:ListBucket";

    private static readonly HashSet<string> PolicyActions = new(StringComparer.Ordinal) { "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy" };

    private string? Asker => call.Who?.Owner.Id;

    /// <summary>Checks what can be checked before an object is opened.</summary>
    /// <param name="right">What a list must grant where no policy speaks; of objects it is asked later.</param>
    /// <param name="key">Empty for the bucket itself.</param>
    /// <returns>What is left to ask of the object's list.</returns>
    /// <exception cref="S3Exception">It is not allowed.</exception>
    public async Task<ObjectCheck> RequireAsync(S3Bucket bucket, string action, AclRight right, string key, string? version = null)
    {
        var verbs = ActionVerbs.Of(action, call.Header);
        call.RequireGranted(verbs, bucket.Name, key.Length > 0 ? key : verbs == Verbs.List ? call.Target.Get("prefix") : null);
        var isOwner = Asker == bucket.Owner.Id;
        switch (await PolicyAsync(bucket, action, key, version, key))
        {
            case PolicyVerdict.Denied when !(isOwner && PolicyActions.Contains(action)):
                throw new S3Exception(S3Error.AccessDenied);
            case PolicyVerdict.Allowed:
                return ObjectCheck.None;
        }

        if (right is AclRight.ObjectRead or AclRight.ObjectReadAcl or AclRight.ObjectWriteAcl)
        {
            return new ObjectCheck(this, bucket, right);
        }

        return isOwner || (right != AclRight.OwnerOnly && AclAllows(bucket, BucketDocuments.AclOf(bucket.Settings, bucket.Owner.Id), right))
            ? ObjectCheck.None
            : throw new S3Exception(S3Error.AccessDenied);
    }

    /// <summary>Whether the asker may know that there is no such object.</summary>
    public async Task<bool> MayListAsync(S3Bucket bucket, string key) => call.MayName(bucket.Name, key) && await PolicyAsync(bucket, ListAction, "", null, key) switch
    {
        PolicyVerdict.Denied => false,
        PolicyVerdict.Allowed => true,
        _ => Asker == bucket.Owner.Id || AclAllows(bucket, BucketDocuments.AclOf(bucket.Settings, bucket.Owner.Id), AclRight.BucketRead),
    };

    /// <summary>The list of an object: the one that is kept with it, or its owner's alone.</summary>
    public static AccessList AclOf(S3Bucket bucket, FileFacts facts) =>
        facts.Metadata.TryGetValue(ObjectFacts.AclName, out var text) ? AccessList.Parse(text) : AccessList.Private(bucket.Owner.Id);

    internal bool ObjectAllows(S3Bucket bucket, FileFacts facts, AclRight right)
    {
        var isOwner = Asker == bucket.Owner.Id;
        var list = AclOf(bucket, facts);
        return ObjectOwnership.IsEnforced(bucket.Settings) ? isOwner
            : (isOwner && list.OwnerId == bucket.Owner.Id) || AclAllows(bucket, list, right);
    }

    private bool AclAllows(S3Bucket bucket, AccessList list, AclRight right) =>
        !ObjectOwnership.IsEnforced(bucket.Settings) && list.Allows(Asker, PermissionOf(right), PublicAccessBlock.Of(bucket.Settings).IgnoreAcls);

    private async Task<PolicyVerdict> PolicyAsync(S3Bucket bucket, string action, string key, string? version, string prefix)
    {
        if (BucketDocuments.PolicyOf(bucket.Settings, bucket.Name) is not { } policy)
        {
            return PolicyVerdict.Silent;
        }

        var tags = policy.NeedsObjectTags && key.Length > 0 ? await TagsAsync(bucket, key, version) : null;
        var resource = key.Length > 0 ? $"arn:aws:s3:::{bucket.Name}/{key}" : $"arn:aws:s3:::{bucket.Name}";
        var verdict = policy.Decide(new PolicyQuestion(Asker, action, resource, name => ValueOf(name, tags, action == ListAction ? prefix : key)));
        var isRestricted = verdict == PolicyVerdict.Allowed && policy.IsPublic && PublicAccessBlock.Of(bucket.Settings).RestrictBuckets;
        return isRestricted && Asker != bucket.Owner.Id ? PolicyVerdict.Silent : verdict;
    }

    private async Task<IReadOnlyDictionary<string, string>?> TagsAsync(S3Bucket bucket, string key, string? version)
    {
        var name = S3Call.KeyOf(bucket.Name, key);
        var opened = VersionId.TryParse(version ?? "", out var id)
            ? await bucket.Client.Versions.OpenAsync(name, id, call.Aborted)
            : await bucket.Client.OpenAsync(name, call.Aborted);
        if (opened.File is not { } file)
        {
            return null;
        }

        await using (file)
        {
            return file.Facts.Tags;
        }
    }

    // In lower case: names of conditions differ in nothing by it, but a tag's own.
    private string? ValueOf(string name, IReadOnlyDictionary<string, string>? tags, string prefix)
    {
        const string ExistingTag = "s3:existingobjecttag/", RequestTag = "s3:requestobjecttag/";
        var lower = name.ToLowerInvariant();
        if (lower.StartsWith(ExistingTag, StringComparison.Ordinal))
        {
            return tags?.GetValueOrDefault(name[ExistingTag.Length..]);
        }

        if (lower.StartsWith(RequestTag, StringComparison.Ordinal))
        {
            return call.Header("x-amz-tagging") is { } sent ? ObjectFacts.ParseTags(sent).GetValueOrDefault(name[RequestTag.Length..]) : null;
        }

        return lower switch
        {
            "aws:currenttime" => call.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            "aws:epochtime" => call.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            "aws:referer" => call.Header("referer"),
            "aws:securetransport" => call.Http.Request.IsHttps ? "true" : "false",
            "aws:sourceip" => call.Http.Connection.RemoteIpAddress?.ToString(),
            "aws:useragent" => call.Header("user-agent"),
            "s3:authtype" => call.Who is null ? null : call.IsPresigned ? "REST-QUERY-STRING" : "REST-HEADER",
            "s3:signatureversion" => call.SignatureVersion,
            "s3:prefix" => call.Target.Key.Length > 0 ? prefix : call.Target.Get("prefix"),
            "s3:delimiter" => call.Target.Get("delimiter"),
            "s3:max-keys" => call.Target.Get("max-keys"),
            "s3:versionid" => call.Target.Get("versionId"),
            "s3:x-amz-copy-source" => call.Header("x-amz-copy-source")?.TrimStart('/'),
            "s3:object-lock-legal-hold" => call.Header("x-amz-object-lock-legal-hold"),
            "s3:object-lock-mode" => call.Header("x-amz-object-lock-mode"),
            "s3:object-lock-retain-until-date" => call.Header("x-amz-object-lock-retain-until-date"),
            _ => call.Header(lower["s3:".Length..]),
        };
    }

    private static string PermissionOf(AclRight right) => right switch
    {
        AclRight.BucketRead or AclRight.ObjectRead => "READ",
        AclRight.BucketWrite => "WRITE",
        AclRight.BucketReadAcl or AclRight.ObjectReadAcl => "READ_ACP",
        _ => "WRITE_ACP",
    };
}

/// <summary>What an access control list must grant for a request; an object's is asked, or its bucket's.</summary>
internal enum AclRight
{
    /// <summary>No list grants it.</summary>
    OwnerOnly,
    BucketRead,
    BucketWrite,
    BucketReadAcl,
    BucketWriteAcl,
    ObjectRead,
    ObjectReadAcl,
    ObjectWriteAcl,
}

/// <summary>What is left to ask of an object's own list once it is open.</summary>
internal sealed class ObjectCheck
{
    /// <summary>Nothing.</summary>
    public static readonly ObjectCheck None = new();

    private readonly Authorizer? _authorizer;
    private readonly S3Bucket? _bucket;
    private readonly AclRight _right;

    public ObjectCheck(Authorizer authorizer, S3Bucket bucket, AclRight right) => (_authorizer, _bucket, _right) = (authorizer, bucket, right);

    private ObjectCheck()
    {
    }

    /// <exception cref="S3Exception">The object's list does not allow it.</exception>
    public void Require(IOpenFile file)
    {
        if (_authorizer is not null && !_authorizer.ObjectAllows(_bucket!, file.Facts, _right))
        {
            throw new S3Exception(S3Error.AccessDenied);
        }
    }
}
