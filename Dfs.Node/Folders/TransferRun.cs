using System.Diagnostics;
using Dfs.Node.Cli;

namespace Dfs.Node.Folders;

/// <summary>Many transfers, some at once; one that fails does not stop the others.</summary>
/// <remarks>What would fail for every file, such as a node that does not answer or a wrong token, stops the run.</remarks>
/// <param name="atOnce">How many are under way at the same time.</param>
public sealed class TransferRun(int atOnce)
{
    private readonly List<FailedFile> _failed = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _done, _notTried;
    private long _bytes;

    /// <param name="title">Beside the bar.</param>
    /// <param name="totalBytes">What the items come to; null when nobody knows.</param>
    /// <param name="nameOf">What a failure is said with.</param>
    /// <param name="act">Is given what to call with each piece's size in bytes; returns the bytes of the item.</param>
    public async Task RunAsync<T>(
        string title, IReadOnlyCollection<T> items, long? totalBytes, Func<T, string> nameOf,
        Func<T, Action<long>, CancellationToken, Task<long>> act, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await TransferProgress.RunAsync(title, totalBytes, async progressed =>
        {
            await Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (item, _) =>
            {
                try
                {
                    stop.Token.ThrowIfCancellationRequested();
                    var bytes = await act(item, progressed, stop.Token);
                    Interlocked.Increment(ref _done);
                    Interlocked.Add(ref _bytes, bytes);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    Interlocked.Increment(ref _notTried);
                }
                catch (Exception error) when (error is CliException or IOException or UnauthorizedAccessException)
                {
                    var code = error is CliException refused ? refused.ExitCode : ExitCode.Failed;
                    Add(new FailedFile(nameOf(item), code, error.Message));
                    if (code is ExitCode.Unreachable or ExitCode.Unauthorized or ExitCode.Keyring)
                    {
                        await stop.CancelAsync();
                    }
                }
            });
            return true;
        });
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>What could not even be begun.</summary>
    public void Add(FailedFile failed)
    {
        lock (_failed)
        {
            _failed.Add(failed);
        }
    }

    public TransferSummary Summary(IEnumerable<LeftOut> leftOut)
    {
        var left = leftOut.ToLookup(each => each.IsFailure);
        return new TransferSummary(
            _done, _bytes, Math.Round(_clock.Elapsed.TotalSeconds, 3), _notTried,
            [.. _failed.Concat(left[true].Select(each => new FailedFile(each.Name, ExitCode.Failed, each.Why))).OrderBy(each => each.Name, StringComparer.Ordinal)],
            [.. left[false].Select(each => new LeftOutFile(each.Name, each.Why))]);
    }
}
