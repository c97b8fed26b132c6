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
        await call.AnswerAsync(Element("VersioningConfiguration", settings.IsVersioned ? Element("Status", settings.IsSuspended ? "Suspended" : "Enabled") : null));
    }

    /// <summary>Enables, or suspends: what is there stays, and what comes takes the place of the version "null".</summary>
    public static async Task PutAsync(S3Call call)
    {
        var wish = await call.XmlAsync("VersioningConfiguration");
        var isSuspended = wish.Text("Status") switch
        {
            "Enabled" => false,
            "Suspended" => true,
            _ => throw new S3Exception(S3Error.MalformedXml.Saying("The status is Enabled or Suspended.")),
        };
        if (call.Settings is not { IsVersioned: true } settings || settings.IsSuspended != isSuspended)
        {
            if (isSuspended && LockRule.Of(call.Settings) is not null)
            {
                throw new S3Exception(S3Error.InvalidBucketState.Saying("A bucket whose files can be locked keeps versions."));
            }

            await call.ChangeBucketAsync(current => current with { IsVersioned = true, IsSuspended = isSuspended });
        }

        await call.AnswerAsync();
    }
}
