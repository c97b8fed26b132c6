using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Dfs.Node.Cli;

/// <summary>Puts files of one size for a while, gets them back, and takes them away again.</summary>
/// <remarks>Every download is compared with what was sent; a difference counts as an error.</remarks>
/// <param name="getsPercent">Of a third round, of puts and gets mixed; null for none.</param>
public sealed class BenchRun(
    IBenchTarget puts, IBenchTarget gets, long sizeBytes, int atOnce, TimeSpan duration, int? getsPercent)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private readonly string _prefix = $".bench/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}/";
    private readonly ConcurrentQueue<(string Key, BenchContent Content)> _stored = new();
    private (string Key, BenchContent Content)[] _files = [];
    private int _names;
    private int _reads;

    public async Task<IReadOnlyList<BenchFigures>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RoundAsync(WarmUp, getsPercent: 0, cancellationToken);
            var figures = new List<BenchFigures>(await RoundAsync(duration, getsPercent: 0, cancellationToken));
            if (_stored.IsEmpty)
            {
                return figures;
            }

            _files = _stored.ToArray();
            await RoundAsync(WarmUp, getsPercent: 100, cancellationToken);
            figures.AddRange(await RoundAsync(duration, getsPercent: 100, cancellationToken));
            if (getsPercent is { } percent)
            {
                var mixed = await RoundAsync(duration, percent, cancellationToken);
                figures.AddRange(mixed.Select(part => part with { Action = $"{part.Action}*" }));
            }

            return figures;
        }
        finally
        {
            await RemoveAllAsync();
        }
    }

    // Each caller finishes what it has begun, so that slow calls count like fast ones.
    private async Task<IEnumerable<BenchFigures>> RoundAsync(TimeSpan atLeast, int getsPercent, CancellationToken cancellationToken)
    {
        var (stored, fetched) = (new Calls("put"), new Calls("get"));
        var calls = 0;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            do
            {
                // Spread evenly: of any hundred calls so many are gets.
                var number = (long)Interlocked.Increment(ref calls);
                var isGet = (number * getsPercent / 100) > ((number - 1) * getsPercent / 100);
                var begin = watch.Elapsed;
                try
                {
                    await (isGet ? GetAsync(cancellationToken) : PutAsync(cancellationToken));
                    (isGet ? fetched : stored).Latencies.Add(watch.Elapsed - begin);
                }
                catch (Exception error) when (error is CliException or IOException or HttpRequestException or SocketException)
                {
                    (isGet ? fetched : stored).Errors.Enqueue(error.Message);
                }
            }
            while (watch.Elapsed < atLeast);
        }));
        List<Calls> both = [stored, fetched];
        return both.Where(part => !part.Latencies.IsEmpty || !part.Errors.IsEmpty)
            .Select(part => BenchFigures.Of(part.Action, sizeBytes, atOnce, part.Latencies, part.Errors, watch.Elapsed));
    }

    private async Task PutAsync(CancellationToken cancellationToken)
    {
        var key = _prefix + Interlocked.Increment(ref _names);
        var content = new BenchContent(sizeBytes);
        using var body = content.ToHttp();
        await puts.PutAsync(key, body, cancellationToken);
        _stored.Enqueue((key, content));
    }

    private async Task GetAsync(CancellationToken cancellationToken)
    {
        var (key, content) = _files[unchecked((uint)Interlocked.Increment(ref _reads)) % _files.Length];
        using var response = await gets.GetAsync(key, cancellationToken);
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
                await puts.RemoveAsync(file.Key, cancellation);
            }
            catch (Exception error) when (error is CliException or HttpRequestException or SocketException)
            {
                Console.Error.WriteLine($"dfs: {file.Key} is left behind: {error.Message}");
            }
        });

    private sealed record Calls(string Action)
    {
        public ConcurrentBag<TimeSpan> Latencies { get; } = [];

        public ConcurrentQueue<string> Errors { get; } = [];
    }
}
