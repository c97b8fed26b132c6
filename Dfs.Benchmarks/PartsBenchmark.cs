using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Dfs.Core.Chunking;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Benchmarks;

/// <summary>What does a put to three replicas cost at the least: each hash, cipher, copy, sync and socket pass once, where it must be?</summary>
/// <remarks>
/// The writer cuts, hashes for the key, encrypts and names; two more nodes name what they get; three nodes checksum and write; the bytes
/// pass three sockets, client to writer and writer to two. Processor time of each part by itself, on this machine, warm.
/// </remarks>
internal static class PartsBenchmark
{
    private const int MiB = 1024 * 1024;
    private const int Rounds = 5;
    private const int PartBytes = 256 * MiB;

    /// <summary>The last line is what scripts read: the sum in processor milliseconds for a MiB.</summary>
    public const string SumLabel = "unavoidable, three replicas";

    /// <param name="args">A folder on the disk to measure; the temporary folder when left out.</param>
    public static async Task<Table> RunAsync(string[] args)
    {
        var table = new Table("The parts of a put, processor time");
        var content = RandomNumberGenerator.GetBytes(16 * MiB);
        using var cutting = new CuttingKey(RandomNumberGenerator.GetBytes(SecretKey.SizeBytes));
        using var dedup = new DedupSecret(RandomNumberGenerator.GetBytes(SecretKey.SizeBytes));
        using var cutter = new ContentCutter(cutting, CutProfile.Default);
        using var cipher = new AesCtr(RandomNumberGenerator.GetBytes(SecretKey.SizeBytes), new byte[AesCtr.BlockBytes]);
        var (chunk, other) = (content.AsMemory(0, MiB), new byte[MiB]);
        var cut = Part("cut", content.Length, () => CutAll(cutter, content, null));
        var key = Part("SHA-256 for the key", MiB, () => SHA256.HashData(chunk.Span));
        var aes = Part("AES-256-CTR", MiB, () => cipher.Transform(chunk.Span, chunk.Span, 0));
        var name = Part("name (cid)", MiB, () => ChunkTree.IdOf(chunk.Span));
        var crc = Part("CRC-32C", MiB, () => Crc32C.Of(chunk.Span));
        var copy = Part("copy", MiB, () => chunk.Span.CopyTo(other));
        var socket = await SocketAsync(table, content);
        var disk = Disk(table, Path.Combine(args.FirstOrDefault() ?? Path.GetTempPath(), $"dfs-parts-{Environment.ProcessId}"), content);
        var sealing = Part("cut, key, encrypt, name in one, fresh data", content.Length, () => CutAll(cutter, content, dedup));
        var sum = cut + key + aes + name;
        table.Add("sealing, of what the sum of its parts allows", 100 * sum / sealing, "%");
        // One copy where the writer takes a chunk out of what arrived, and one in each node on the way to the disk.
        var all = sum + (2 * name) + (3 * crc) + (4 * copy) + (3 * socket) + (3 * disk);
        table.Add(SumLabel, 1000 / all, "MiB/s a processor", cpu: string.Create(CultureInfo.InvariantCulture, $"{all:0.00} ms/MiB"));
        return table;

        // Processor time, because others use the machine too.
        double Part(string what, int bytes, Action run) => Best(table, what, PartBytes, () =>
        {
            for (var done = 0; done < PartBytes; done += bytes)
            {
                run();
            }
        });
    }

    private static void CutAll(ContentCutter cutter, byte[] content, DedupSecret? seal)
    {
        for (var from = 0; from < content.Length;)
        {
            var window = content.AsSpan(from, Math.Min(content.Length - from, cutter.Profile.SizeBytesMax));
            var count = cutter.FindCut(window, isLast: from + window.Length == content.Length);
            if (seal is not null)
            {
                ChunkSeal.Seal(window[..count], seal);
            }

            from += count;
        }
    }

    // Both ends are in this process: what is counted is a send and a receive.
    private static async Task<double> SocketAsync(Table table, byte[] content)
    {
        const int Repeats = 32;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var sender = new TcpClient();
        var accepting = listener.AcceptTcpClientAsync();
        await sender.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var receiver = await accepting;
        var buffer = new byte[256 * 1024];
        return Best(table, "loopback TCP, sent and received", Repeats * (long)content.Length, () =>
        {
            var sending = new Thread(() =>
            {
                for (var i = 0; i < Repeats; i++)
                {
                    sender.Client.Send(content);
                }
            });
            sending.Start();
            for (var left = Repeats * (long)content.Length; left > 0;)
            {
                left -= receiver.Client.Receive(buffer);
            }

            sending.Join();
        });
    }

    private static double Disk(Table table, string path, byte[] content)
    {
        const int Batches = 16;
        try
        {
            return Best(table, "disk, a sync each 16 MiB", Batches * (long)content.Length, () =>
            {
                HostDisk.Instance.Delete(path);
                using var file = HostDisk.Instance.Create(path);
                for (var batch = 0; batch < Batches; batch++)
                {
                    file.Write((long)batch * content.Length, [content]);
                    file.Sync();
                }
            });
        }
        finally
        {
            HostDisk.Instance.Delete(path);
        }
    }

    /// <returns>Milliseconds of this process's processor time for a MiB: the least of the rounds.</returns>
    private static double Best(Table table, string what, long bytes, Action run)
    {
        var (best, rate) = (double.MaxValue, 0.0);
        for (var round = 0; round < Rounds; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            var watch = System.Diagnostics.Stopwatch.StartNew();
            run();
            rate = Math.Max(rate, bytes / 1e6 / watch.Elapsed.TotalSeconds);
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds * MiB / bytes);
        }

        table.Add(what, rate, "MB/s", cpu: Ms(best));
        return best;
    }

    private static string Ms(double ms) => string.Create(CultureInfo.InvariantCulture, $"{ms:0.00} ms/MiB");
}
