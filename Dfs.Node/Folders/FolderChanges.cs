using System.Threading.Channels;

namespace Dfs.Node.Folders;

/// <summary>Says that something below a folder has changed, once it has settled.</summary>
/// <remarks>
/// The operating system's notices say only that there is something to look for: many become one, and lost ones are made good by the
/// comparison that comes from time to time anyway.
/// </remarks>
internal sealed class FolderChanges : IDisposable
{
    /// <summary>64 KiB, the most that Windows takes: some thousand notices before any is lost.</summary>
    private const int NoticesBytes = 64 * 1024;

    /// <summary>30 times the settle time: a folder in which something is always written is looked at, too.</summary>
    private const int SettleTimesMax = 30;

    private readonly Channel<bool> _notices = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly FileSystemWatcher _watcher;
    private readonly TimeProvider _time;
    private readonly TimeSpan _settle;

    /// <param name="settle">How long nothing is to change before it is said.</param>
    /// <exception cref="IOException">The operating system watches no more folders.</exception>
    public FolderChanges(string folder, TimeSpan settle, TimeProvider time)
    {
        (_settle, _time) = (settle, time);
        _watcher = new FileSystemWatcher(folder)
        {
            IncludeSubdirectories = true,
            InternalBufferSize = NoticesBytes,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
        };
        _watcher.Changed += (_, _) => _notices.Writer.TryWrite(true);
        _watcher.Created += (_, _) => _notices.Writer.TryWrite(true);
        _watcher.Deleted += (_, _) => _notices.Writer.TryWrite(true);
        _watcher.Renamed += (_, _) => _notices.Writer.TryWrite(true);
        _watcher.Error += (_, _) => _notices.Writer.TryWrite(true);
        _watcher.EnableRaisingEvents = true;
    }

    /// <returns>True when something has changed and settled; false when nothing did within the time.</returns>
    public async Task<bool> WaitAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        if (!await HasNoticeAsync(within, cancellationToken))
        {
            return false;
        }

        for (var times = 0; times < SettleTimesMax && await HasNoticeAsync(_settle, cancellationToken); times++)
        {
            // It is still being written.
            await Task.Delay(_settle, _time, cancellationToken);
        }

        return true;
    }

    public void Dispose() => _watcher.Dispose();

    private async Task<bool> HasNoticeAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(within, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await _notices.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
