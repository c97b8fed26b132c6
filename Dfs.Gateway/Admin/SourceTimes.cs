using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Primitives;

namespace Dfs.Gateway.Admin;

/// <summary>Adds to a page of a listing when its files' contents were changed where they came from.</summary>
internal static class SourceTimes
{
    /// <summary>16: heads that are read at once; each waits for a round to a majority.</summary>
    private const int AtOnce = 16;

    /// <remarks>A file that has gone or changed since the page was made has no such time in it. One that could not be read fails the page.</remarks>
    public static async Task<AdminListing> AddToAsync(
        AdminListing page, IDfsClient client, string bucket, string? snapshot, CancellationToken cancellationToken)
    {
        var entries = page.Entries.ToArray();
        AdminListing? failed = null;
        await Parallel.ForAsync(
            0, entries.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (at, token) =>
            {
                if (entries[at].IsRemoved || !ObjectKey.TryCreate(bucket, entries[at].Name, out var key, out _))
                {
                    return;
                }

                RequestBudget.Current?.Worked();
                var opened = snapshot is null ? await client.OpenAsync(key, token) : await client.Snapshots.OpenAsync(key, snapshot, token);
                if (opened.File is { } file)
                {
                    await using (file)
                    {
                        var isSame = file.Version.ToString() == entries[at].Version;
                        entries[at] = entries[at] with { SourceModifiedAt = isSame ? SourceTime.Of(file.Facts) : null };
                    }
                }
                else if (opened.Outcome != DfsOutcome.NotFound)
                {
                    failed = new AdminListing(opened.Outcome, opened.Detail, [], [], false, null);
                }
            });
        return failed ?? page with { Entries = entries };
    }
}
