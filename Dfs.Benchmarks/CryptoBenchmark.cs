using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Akka;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Dfs.Actors.Client;
using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Benchmarks;

/// <summary>How close to openssl are sealing and naming, on one thread?</summary>
internal static class CryptoBenchmark
{
    private const int SizeBytes = 1024 * 1024;

    /// <summary>A GiB: long enough that starting a stream does not show.</summary>
    private const int ChunksPerStream = 1024;
    private const int Rounds = 3;

    public static async Task<Table> RunAsync(string[] args)
    {
        var table = new Table("Sealing and naming, one thread");
        var aes = await OpensslAsync("-evp aes-256-ctr");
        var sha = await OpensslAsync("-evp sha256");
        var buffer = RandomNumberGenerator.GetBytes(SizeBytes);
        using var cipher = new AesCtr(RandomNumberGenerator.GetBytes(32), new byte[AesCtr.BlockBytes]);
        if (aes is { } aesRate)
        {
            table.Add("openssl aes-256-ctr, 16 KiB", aesRate, "MB/s");
        }

        var sealing = Measure.MegabytesPerSecond(SizeBytes, () => cipher.Transform(buffer, buffer, 0));
        table.Add("AES-256-CTR, 1 MiB", sealing, "MB/s", aes);
        await AddStagesAsync(table, aes);
        if (sha is { } shaRate)
        {
            table.Add("openssl sha256, 16 KiB", shaRate, "MB/s");
        }

        table.Add("SHA-256, 1 MiB", Measure.MegabytesPerSecond(SizeBytes, () => SHA256.HashData(buffer)), "MB/s", sha);
        table.Add("id of a chunk of 1 MiB", Measure.MegabytesPerSecond(SizeBytes, () => ChunkTree.IdOf(buffer)), "MB/s", sha);
        table.Add("CRC-32C, 1 MiB", Measure.MegabytesPerSecond(SizeBytes, () => Crc32C.Of(buffer)), "MB/s");
        return table;
    }

    /// <summary>The flow stages of a transfer by themselves: opening is AES-256-CTR and nothing else, sealing hashes and names too.</summary>
    private static async Task AddStagesAsync(Table table, double? openssl)
    {
        using var dedup = new DedupSecret(RandomNumberGenerator.GetBytes(SecretKey.SizeBytes));
        using var memory = await new BufferPool().RentAsync(SizeBytes, CancellationToken.None);
        var key = RandomNumberGenerator.GetBytes(SecretKey.SizeBytes);
        var system = ActorSystem.Create("bench");
        var materializer = system.Materializer();
        // The stage destroys each key when it has used it.
        table.Add(
            "the stage that opens, chunks of 1 MiB",
            await StreamAsync(() => Source.From(Chunks(() => new FetchedChunk(memory, new ChunkKey(key), 0, SizeBytes))).Via(new OpenStage()).RunWith(Sink.Ignore<FetchedChunk>(), materializer)),
            "MB/s", openssl);
        var sealing = Measure.MegabytesPerSecond(SizeBytes, () => ChunkSeal.Seal(memory.Memory.Span, dedup));
        table.Add("sealing a chunk of 1 MiB", sealing, "MB/s");
        table.Add(
            "the stage that seals, chunks of 1 MiB",
            await StreamAsync(() => Source.From(Chunks(() => new PlainChunk(memory))).Via(new SealStage(dedup, OwnerSession.Fresh)).RunWith(Sink.Ignore<SealedContent>(), materializer)),
            "MB/s", sealing);
        await system.Terminate();
    }

    private static IEnumerable<T> Chunks<T>(Func<T> make) => Enumerable.Range(0, ChunksPerStream).Select(_ => make());

    /// <returns>Megabytes a second, best of the rounds after one to warm up.</returns>
    private static async Task<double> StreamAsync(Func<Task<Done>> run)
    {
        await run();
        var best = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            await run();
            best = Math.Max(best, (double)SizeBytes * ChunksPerStream / 1e6 / watch.Elapsed.TotalSeconds);
        }

        return best;
    }

    /// <returns>Megabytes a second as openssl reports them, or null when there is none to ask.</returns>
    private static async Task<double?> OpensslAsync(string what)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("openssl", $"speed -mr -seconds 2 -bytes 16384 {what}")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await errors;
            await process.WaitForExitAsync();
            // The last line reads "+F:22:AES-256-CTR:5791234567.89".
            var line = output.Split('\n').LastOrDefault(line => line.StartsWith("+F:", StringComparison.Ordinal));
            return line is null ? null : double.Parse(line.Split(':')[^1], CultureInfo.InvariantCulture) / 1e6;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
