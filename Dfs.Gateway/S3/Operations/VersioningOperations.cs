using Dfs.Core.Manifests;
using Dfs.Gateway.S3.Requests;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>GetBucketVersioning and PutBucketVersioning.</summary>
internal static class VersioningOperations
{
    public static async Task GetAsync(S3Call call)
    {
        var settings = call.Settings;
        await call.AnswerAsync(Element("VersioningConfiguration", settings.IsVersioned ? Element("Status", "Enabled") : null));
    }

    /// <summary>Enables. Suspending would end the keeping of versions, and with the next put lose those that are there.</summary>
    public static async Task PutAsync(S3Call call)
    {
        var settings = call.Settings;
        var wish = await call.XmlAsync("VersioningConfiguration");
        var isWanted = wish.Text("Status") switch
        {
            "Enabled" => true,
            "Suspended" when !settings.IsVersioned => false,
            "Suspended" => throw new S3Exception(S3Error.NotImplemented.Saying("A bucket that keeps versions goes on keeping them.")),
            _ => throw new S3Exception(S3Error.MalformedXml.Saying("The status is Enabled or Suspended.")),
        };
        if (isWanted && !settings.IsVersioned)
        {
            var isRight = BucketChange.TryCreate([new KeyValuePair<string, string>("versioned", "on")], out var change, out _);
            Dfs.Core.Primitives.Invariant.Holds(isRight, "a bucket can be versioned");
            var set = await call.Client.Buckets.SetAsync(call.Target.Bucket, change!, call.Aborted);
            call.ForgetBucket();
            S3Outcomes.Require(set.Outcome, set.Detail, S3Error.NoSuchBucket);
        }

        await call.AnswerAsync();
    }
}
