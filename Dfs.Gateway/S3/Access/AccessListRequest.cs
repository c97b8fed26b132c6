using System.Collections.Immutable;
using System.Xml.Linq;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Access;

/// <summary>Access control lists as clients send them, in headers or as a document, and as they are shown.</summary>
/// <param name="nameOf">The name of an owner of this node by its id; null when there is none.</param>
internal sealed class AccessListRequest(Func<string, string?> nameOf)
{
    public const string CannedHeader = "x-amz-acl";

    private const string GrantPrefix = "x-amz-grant-", Groups = "http://acs.amazonaws.com/groups/global/";

    /// <summary>Headers that grant one permission each.</summary>
    public static IEnumerable<string> GrantHeaders => Grant.Permissions.Select(permission => GrantPrefix + HeaderWord(permission));

    private static readonly XNamespace Xsi = "http://www.w3.org/2001/XMLSchema-instance";

    /// <summary>What the headers ask for; null when they ask for nothing.</summary>
    /// <exception cref="S3Exception">There is no such list or nobody of that id.</exception>
    public AccessList? OfHeaders(Func<string, string?> header, string ownerId, string bucketOwnerId)
    {
        var grants = Grant.Permissions.SelectMany(permission => GrantsOf(permission, header(GrantPrefix + HeaderWord(permission)))).ToImmutableArray();
        var canned = header(CannedHeader);
        if (canned is not null && grants.Length > 0)
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying("Specifying both Canned ACLs and Header Grants is not allowed"));
        }

        if (canned is not null)
        {
            return AccessList.Canned(canned, ownerId, bucketOwnerId)
                ?? throw new S3Exception(S3Error.InvalidArgument.Saying("There is no such canned access control list."));
        }

        return grants.Length == 0 ? null : Checked(new AccessList(ownerId, grants));
    }

    /// <exception cref="S3Exception">It is not one, or changes whose it is.</exception>
    public AccessList OfDocument(XElement document, AccessList current)
    {
        var owner = document.Children("Owner").FirstOrDefault()?.Text("ID");
        var list = document.Children("AccessControlList").FirstOrDefault() ?? throw new S3Exception(S3Error.MalformedXml);
        // Groups first, as lists with names have them.
        var grants = list.Children("Grant").Select(GrantOf).OrderBy(grant => !grant.IsPublic).ToImmutableArray();
        return owner is null || owner == current.OwnerId
            ? Checked(new AccessList(current.OwnerId, grants))
            : throw new S3Exception(S3Error.AccessDenied.Saying("An access control list does not change whose it is."));
    }

    public XElement ElementOf(AccessList list) => Element("AccessControlPolicy",
        OwnerElement("Owner", list.OwnerId),
        Element("AccessControlList", list.Grants.Select(grant => Element("Grant", GranteeElement(grant), Element("Permission", grant.Permission)))));

    public XElement OwnerElement(string name, string id) => Element(name, Element("ID", id), Element("DisplayName", nameOf(id) ?? ""));

    private XElement GranteeElement(Grant grant)
    {
        var declared = new XAttribute(XNamespace.Xmlns + "xsi", Xsi.NamespaceName);
        return grant.IsPublic
            ? Element("Grantee", declared, new XAttribute(Xsi + "type", "Group"),
                Element("URI", Groups + (grant.Grantee == Grant.Everybody ? "AllUsers" : "AuthenticatedUsers")))
            : Element("Grantee", declared, new XAttribute(Xsi + "type", "CanonicalUser"), OwnerElement("Owner", grant.Grantee).Elements());
    }

    private static Grant GrantOf(XElement element)
    {
        var grantee = element.Children("Grantee").FirstOrDefault() ?? throw new S3Exception(S3Error.MalformedXml);
        var permission = element.Text("Permission");
        if (permission is null || !Grant.Permissions.Contains(permission))
        {
            throw new S3Exception(S3Error.MalformedXml);
        }

        return new Grant(
            grantee.Text("ID") ?? (grantee.Text("URI") is { } uri ? GroupOf(uri) : throw NobodyByMail()), permission);
    }

    // x-amz-grant-read: id="…", uri="…"
    private static IEnumerable<Grant> GrantsOf(string permission, string? header)
    {
        foreach (var one in header?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            var pair = one.Split('=', 2);
            var value = pair.Length == 2 ? pair[1].Trim('"') : throw new S3Exception(S3Error.InvalidArgument.Saying("A grant is id=…, uri=… or emailAddress=…."));
            yield return new Grant(
                pair[0].ToLowerInvariant() switch { "id" => value, "uri" => GroupOf(value), _ => throw NobodyByMail() }, permission);
        }
    }

    private static string GroupOf(string uri) => uri switch
    {
        Groups + "AllUsers" => Grant.Everybody,
        Groups + "AuthenticatedUsers" => Grant.Authenticated,
        _ => throw new S3Exception(S3Error.InvalidArgument.Saying("There is no such group.")),
    };

    private AccessList Checked(AccessList list) =>
        list.Grants.Length > AccessList.GrantsMax ? throw new S3Exception(S3Error.InvalidRequest.Saying($"A list has at most {AccessList.GrantsMax} grants."))
        : list.Grants.All(grant => grant.IsPublic || nameOf(grant.Grantee) is not null) ? list
        : throw new S3Exception(S3Error.InvalidArgument.Saying("Invalid id: this node knows no such owner."));

    private static S3Exception NobodyByMail() =>
        new(new S3Error("UnresolvableGrantByEmailAddress", System.Net.HttpStatusCode.BadRequest, "Owners have no e-mail addresses here; name them by their ids."));

    private static string HeaderWord(string permission) => permission.ToLowerInvariant().Replace('_', '-');
}
