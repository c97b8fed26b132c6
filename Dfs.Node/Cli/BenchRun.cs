using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Dfs.Node.Cli;

/// <summary>Puts files of one size for a while, gets them back, and takes them away again.</summary>
/// <remarks>Every download is compared with what was sent; a difference counts as an error.</remarks>
public sealed class BenchRun(NodeClient putNode, NodeClient getNode, string bucket, long sizeBytes, int atOnce, TimeSpan duration)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private readonly string _prefix = $".bench/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}/";
    private readonly ConcurrentQueue<(string Key, BenchContent Content)> _stored = new();
    private int _names;
    private int _reads;

    public async Task<IReadOnlyList<BenchFigures>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RoundAsync("put", WarmUp, PutAsync, cancellationToken);
            var puts = await RoundAsync("put", duration, PutAsync, cancellationToken);
            if (_stored.IsEmpty)
            {
                return [puts];
            }

            var files = _stored.ToArray();
            await RoundAsync("get", WarmUp, cancel => GetAsync(files, cancel), cancellationToken);
            return [puts, await RoundAsync("get", duration, cancel => GetAsync(files, cancel), cancellationToken)];
        }
        finally
        {
            await RemoveAllAsync();
        }
    }

    // Each caller finishes what it has begun, so that slow calls count like fast ones.
    private async Task<BenchFigures> RoundAsync(
        string action, TimeSpan atLeast, Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        var latencies = new ConcurrentBag<TimeSpan>();
        var errors = new ConcurrentQueue<string>();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            do
            {
                var begin = watch.Elapsed;
                try
                {
                    await call(cancellationToken);
                    latencies.Add(watch.Elapsed - begin);
                }
                catch (Exception error) when (error is CliException or IOException or HttpRequestException)
                {
                    errors.Enqueue(error.Message);
                }
            }
            while (watch.Elapsed < atLeast);
        }));
        return BenchFigures.Of(action, sizeBytes, atOnce, latencies, errors, watch.Elapsed);
    }

    private async Task PutAsync(CancellationToken cancellationToken)
    {
        var key = _prefix + Interlocked.Increment(ref _names);
        var content = new BenchContent(sizeBytes);
        using var body = content.ToHttp();
        await putNode.PutAsync(bucket, key, body, cancellationToken);
        _stored.Enqueue((key, content));
    }

    private async Task GetAsync((string Key, BenchContent Content)[] files, CancellationToken cancellationToken)
    {
        var (key, content) = files[unchecked((uint)Interlocked.Increment(ref _reads)) % files.Length];
        using var response = await getNode.GetAsync(bucket, key, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        if (!await content.IsEqualAsync(stream, cancellationToken))
        {
            throw new CliException(ExitCode.Damaged, $"{key} came back different.");
        }
    }

    // Also after Ctrl-C: the keys are nobody's.
    private async Task RemoveAllAsync() =>
        await Parallel.ForEachAsync(_stored, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (file, cancellation) =>
        {
            try
            {
                await putNode.RemoveAsync(bucket, file.Key, cancellation);
            }
            catch (CliException error)
            {
                Console.Error.WriteLine($"dfs: {file.Key} is left behind: {error.Message}");
            }
        });
}
