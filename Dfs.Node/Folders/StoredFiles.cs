using Dfs.Client.Http;
using Dfs.Core.Folders;
using Dfs.Core.Listing;
using Dfs.Node.Cli;

namespace Dfs.Node.Folders;

/// <summary>Which files of a bucket a user means.</summary>
public static class StoredFiles
{
    /// <summary>What S3 clients make to stand for a folder: it is no file, and not in the way of one either.</summary>
    public static bool IsFolderMarker(AdminFile file) => file.SizeBytes == 0 && file.Name.EndsWith('/');

    /// <summary>Everything below a prefix.</summary>
    /// <param name="prefix">Empty, or with a '/' at its end.</param>
    /// <param name="withSourceTimes">Also when their contents were last changed where they came from, which costs a read for each.</param>
    public static async Task<List<AdminFile>> BelowAsync(
        NodeClient client, string bucket, string? snapshot, string prefix, bool withSourceTimes, CancellationToken cancellationToken)
    {
        var found = new List<AdminFile>();
        var options = new ListOptions { Prefix = prefix };
        await foreach (var page in client.ListPagesAsync(bucket, snapshot, options, withSourceTimes, cancellationToken))
        {
            found.AddRange(page.Entries);
        }

        return found;
    }

    /// <summary>What a pattern means; a file that is called exactly so is meant alone.</summary>
    /// <returns>Null when the text is no pattern, or the name of a file.</returns>
    public static async Task<List<AdminFile>?> MatchingAsync(
        NodeClient client, string bucket, string? snapshot, string text, bool withSourceTimes, CancellationToken cancellationToken)
    {
        if (!GlobPattern.IsPattern(text))
        {
            return null;
        }

        var pattern = new GlobPattern(text);
        var found = await BelowAsync(client, bucket, snapshot, pattern.LiteralPrefix, withSourceTimes, cancellationToken);
        return found.Exists(file => file.Name == text) ? null : found.FindAll(file => pattern.Matches(file.Name));
    }
}
