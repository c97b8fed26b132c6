using System.Net;
using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Requests;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>What is there, or is not, of the documents of a bucket; and its tags.</summary>
internal static class BucketDocumentOperations
{
    /// <summary>50, as S3 has it.</summary>
    private const int TagsMax = 50;

    /// <summary>What no bucket has here, with the answer that says so.</summary>
    private static readonly Dictionary<string, string> NeverSet = new(StringComparer.Ordinal)
    {
        ["website"] = "NoSuchWebsiteConfiguration",
        ["replication"] = "ReplicationConfigurationNotFoundError",
    };

    /// <summary>Says that the bucket has no settings of that kind.</summary>
    public static Task NothingSetAsync(string kind) => throw (NeverSet.TryGetValue(kind, out var code)
        ? new S3Exception(NotFound(code))
        : new S3Exception(S3Error.NotImplemented.Saying($"?{kind} is not offered.")));

    /// <exception cref="S3Exception">There is no such document.</exception>
    public static string Require(S3Call call, string document, string errorCode) =>
        call.Settings.Document(document) ?? throw new S3Exception(NotFound(errorCode));

    public static async Task RemoveAsync(S3Call call, string document)
    {
        await call.ChangeBucketAsync(settings => settings.WithDocument(document, null));
        await call.AnswerAsync(HttpStatusCode.NoContent);
    }

    public static Task GetTagsAsync(S3Call call) => call.AnswerAsync(Element("Tagging", Element("TagSet",
        ObjectFacts.ParseTags(Require(call, BucketDocuments.Tags, "NoSuchTagSet"), TagsMax)
            .Select(tag => Element("Tag", Element("Key", tag.Key), Element("Value", tag.Value))))));

    public static async Task PutTagsAsync(S3Call call)
    {
        var tags = ObjectFacts.TagsOf(await call.XmlAsync("Tagging"), TagsMax);
        var text = ObjectFacts.ToQuery(tags);
        await call.ChangeBucketAsync(settings => settings.WithDocument(BucketDocuments.Tags, text));
        await call.AnswerAsync(HttpStatusCode.NoContent);
    }

    public static Task GetEncryptionAsync(S3Call call) => call.AnswerAsync(Element("ServerSideEncryptionConfiguration", Element("Rule",
        Element("ApplyServerSideEncryptionByDefault", Element(
            "SSEAlgorithm", Require(call, BucketDocuments.Encryption, "ServerSideEncryptionConfigurationNotFoundError"))),
        Element("BucketKeyEnabled", "false"))));

    /// <summary>Takes what holds anyway: everything is encrypted with AES-256.</summary>
    public static async Task PutEncryptionAsync(S3Call call)
    {
        var wish = await call.XmlAsync("ServerSideEncryptionConfiguration");
        var algorithm = wish.Children("Rule").SelectMany(rule => rule.Children("ApplyServerSideEncryptionByDefault"))
            .Select(rule => rule.Text("SSEAlgorithm")).FirstOrDefault() ?? throw new S3Exception(S3Error.MalformedXml);
        if (algorithm != ObjectReads.Encryption)
        {
            throw new S3Exception(S3Error.NotImplemented.Saying("There is no key management service here."));
        }

        await call.ChangeBucketAsync(settings => settings.WithDocument(BucketDocuments.Encryption, algorithm));
        await call.AnswerAsync();
    }

    private static S3Error NotFound(string code) => new(code, HttpStatusCode.NotFound, "This bucket has none.");
}
