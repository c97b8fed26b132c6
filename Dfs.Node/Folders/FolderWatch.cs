using Dfs.Actors.Transfer;
using Dfs.Node.Cli;

namespace Dfs.Node.Folders;

/// <summary>Keeps a prefix of the store like a folder, until it is stopped.</summary>
/// <remarks>
/// Begins with a comparison of both sides. After a change only the folder is read, and what is not as the last comparison saw it leads to
/// the next; without a change the sides are compared from time to time all the same. What fails is tried again, a node that is away waited for.
/// </remarks>
/// <param name="connect">Made anew for each comparison: a node that was restarted has a new token.</param>
/// <param name="every">Time between two comparisons when nothing seems to change.</param>
/// <param name="say">Takes a line for the user.</param>
internal sealed class FolderWatch(
    Func<NodeClient> connect, string bucket, SyncPlaces places, SyncOptions options, RateLimit limit, TimeSpan every, Action<string> say)
{
    /// <summary>From 1 s, doubled with each failure, up to a minute or the time between two comparisons.</summary>
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), LastRetry = TimeSpan.FromMinutes(1);

    private HashSet<(string Name, long SizeBytes, DateTimeOffset ModifiedAt)>? _settled;
    private TimeSpan _retry = FirstRetry;

    /// <summary>Runs until it is cancelled, which is how it ends.</summary>
    public async Task RunAsync(FolderChanges changes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var isDone = await CompareAsync(cancellationToken);
            _retry = isDone ? FirstRetry : TimeSpan.FromTicks(Math.Min(2 * _retry.Ticks, LastRetry.Ticks));
            var wait = isDone || every < _retry ? every : _retry;
            while (await changes.WaitAsync(wait, cancellationToken) && IsAsCompared())
            {
                // A change that changed nothing, such as one that was made and undone.
            }
        }
    }

    // Reading a folder is cheap beside a listing of the store.
    private bool IsAsCompared()
    {
        if (_settled is null || !Directory.Exists(places.Folder))
        {
            return false;
        }

        var files = FolderScan.Of(places.Folder).Files;
        return files.Count == _settled.Count && files.All(file => _settled.Contains((file.Name, file.SizeBytes, file.ModifiedAt)));
    }

    /// <returns>Whether all of it succeeded.</returns>
    private async Task<bool> CompareAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = connect();
            var sync = new FolderSync(client, bucket, places, options, limit);
            var report = await sync.RunAsync(cancellationToken);
            foreach (var failed in report.Copies.Failed)
            {
                say($"{failed.Name}: {failed.Detail}");
            }

            if (report.Copies.Done + report.Removed + report.Copies.Failed.Count > 0 || _settled is null)
            {
                say($"stored {report.Copies.Done:N0}, removed {report.Removed:N0}, failed {report.Copies.Failed.Count:N0}; {report.Same:N0} were the same");
            }

            _settled = [.. sync.Settled.Select(file => (file.Name, file.SizeBytes, file.ModifiedAt))];
            return report.Copies is { Failed.Count: 0, NotTried: 0 };
        }
        catch (Exception error) when (error is CliException or IOException or UnauthorizedAccessException)
        {
            say($"not compared: {error.Message}");
            return false;
        }
    }
}
