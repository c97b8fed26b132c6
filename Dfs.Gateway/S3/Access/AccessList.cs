using System.Collections.Immutable;

namespace Dfs.Gateway.S3.Access;

/// <summary>One line of an access control list.</summary>
/// <param name="Grantee">An owner's id, or one of the groups <see cref="Everybody"/> and <see cref="Authenticated"/>.</param>
/// <param name="Permission">READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL.</param>
public readonly record struct Grant(string Grantee, string Permission)
{
    /// <summary>Whoever asks, with a key or without.</summary>
    public const string Everybody = "all";

    /// <summary>Whoever asks with a key that some owner of the node has.</summary>
    public const string Authenticated = "auth";

    public const string FullControl = "FULL_CONTROL";

    public static readonly ImmutableArray<string> Permissions = ["READ", "WRITE", "READ_ACP", "WRITE_ACP", FullControl];

    public bool IsPublic => Grantee is Everybody or Authenticated;
}

/// <summary>Whose a bucket or an object is, and what others may do with it.</summary>
/// <remarks>
/// Pure; "Access control list (ACL) overview" in the Amazon S3 User Guide. Kept as text: the owner's id, then for each grant a space,
/// grantee, "=" and permission; docs/formats/s3.md.
/// </remarks>
public sealed record AccessList(string OwnerId, ImmutableArray<Grant> Grants)
{
    /// <summary>100, as S3 has it.</summary>
    public const int GrantsMax = 100;

    public bool IsPublic => Grants.Any(grant => grant.IsPublic);

    /// <summary>Only the owner.</summary>
    public static AccessList Private(string ownerId) => new(ownerId, [new Grant(ownerId, Grant.FullControl)]);

    /// <summary>One of the lists that have names; null when there is none of that name.</summary>
    /// <param name="ownerId">Of what the list is about.</param>
    public static AccessList? Canned(string name, string ownerId, string bucketOwnerId)
    {
        var owner = new Grant(ownerId, Grant.FullControl);
        return name switch
        {
            "private" => new AccessList(ownerId, [owner]),
            "public-read" => new AccessList(ownerId, [new(Grant.Everybody, "READ"), owner]),
            "public-read-write" => new AccessList(ownerId, [new(Grant.Everybody, "READ"), new(Grant.Everybody, "WRITE"), owner]),
            "authenticated-read" => new AccessList(ownerId, [new(Grant.Authenticated, "READ"), owner]),
            "bucket-owner-read" => ownerId == bucketOwnerId ? Private(ownerId) : new AccessList(ownerId, [owner, new(bucketOwnerId, "READ")]),
            "bucket-owner-full-control" => ownerId == bucketOwnerId
                ? Private(ownerId)
                : new AccessList(ownerId, [owner, new(bucketOwnerId, Grant.FullControl)]),
            _ => null,
        };
    }

    /// <summary>Whether the list lets somebody do that.</summary>
    /// <param name="asker">An owner's id; null for a request that nobody signed.</param>
    /// <param name="ignoresPublic">Grants to groups do not count.</param>
    public bool Allows(string? asker, string permission, bool ignoresPublic)
    {
        // Whoever it belongs to can always see and set the list.
        if (asker == OwnerId && permission is "READ_ACP" or "WRITE_ACP")
        {
            return true;
        }

        return Grants.Any(grant => (grant.Permission == permission || grant.Permission == Grant.FullControl) && grant.Grantee switch
        {
            Grant.Everybody => !ignoresPublic,
            Grant.Authenticated => !ignoresPublic && asker is not null,
            var one => one == asker,
        });
    }

    public string ToText() => string.Join(' ', Grants.Select(grant => $"{grant.Grantee}={grant.Permission}").Prepend(OwnerId));

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    public static AccessList Parse(string text)
    {
        var words = text.Split(' ');
        return new AccessList(words[0], [.. words.Skip(1).Select(word => word.Split('=', 2)).Select(pair => new Grant(pair[0], pair[1]))]);
    }

    public bool Equals(AccessList? other) => other is not null && ToText() == other.ToText();

    public override int GetHashCode() => ToText().GetHashCode(StringComparison.Ordinal);
}
