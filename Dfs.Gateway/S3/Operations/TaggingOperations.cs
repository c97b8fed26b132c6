using System.Collections.Immutable;
using System.Net;
using Dfs.Core.Manifests;
using Dfs.Gateway.S3.Requests;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>GetObjectTagging, PutObjectTagging and DeleteObjectTagging.</summary>
internal static class TaggingOperations
{
    public static async Task GetAsync(S3Call call)
    {
        var settings = call.Settings;
        await using var file = await ObjectReads.OpenAsync(call);
        ObjectReads.WriteVersion(call, settings, file);
        await call.AnswerAsync(Element("Tagging", Element("TagSet", file.Facts.Tags.Select(tag =>
            Element("Tag", Element("Key", tag.Key), Element("Value", tag.Value))))));
    }

    public static async Task PutAsync(S3Call call)
    {
        var tags = ObjectFacts.TagsOf(await call.XmlAsync("Tagging"));
        await SetAsync(call, tags);
        await call.AnswerAsync();
    }

    public static async Task DeleteAsync(S3Call call)
    {
        await SetAsync(call, FileFacts.NoPairs);
        await call.AnswerAsync(HttpStatusCode.NoContent);
    }

    private static async Task SetAsync(S3Call call, ImmutableSortedDictionary<string, string> tags)
    {
        await using var file = await ObjectReads.OpenAsync(call);
        if ((file.Facts with { Tags = tags }).Refusal() is not null)
        {
            throw new S3Exception(S3Error.MetadataTooLarge);
        }

        var version = ObjectReads.VersionOf(call.Settings, call.Target.Get("versionId"));
        var done = await call.Client.Compositions.ChangeFactsAsync(call.Key, version, facts => facts with { Tags = tags }, call.Aborted);
        S3Outcomes.Require(done.Outcome, done.Detail, version is null ? S3Error.NoSuchKey : S3Error.NoSuchVersion);
    }
}
