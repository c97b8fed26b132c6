using Dfs.Storage.Disk;

namespace Dfs.Node.Hosting;

/// <summary>Notices that the data directory of a running node is gone, for the node to stop: what it acknowledged from then on would be lost.</summary>
internal static class DirectoryWatch
{
    /// <summary>For so long at most a node goes on without its directory.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <returns>What to say, once it is gone.</returns>
    /// <exception cref="OperationCanceledException">The node stops.</exception>
    public static async Task<string> WhenGoneAsync(DataDirectory directory, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (!directory.IsInPlace())
            {
                break;
            }
        }

        return $"The data directory {directory.Path} is gone: removed, moved, replaced, or its disk was unmounted. The node stops, because what it took now would be lost with it. "
            + "Put the directory back and start the node again; without it, start it with an empty one, and it takes its place anew.";
    }
}
