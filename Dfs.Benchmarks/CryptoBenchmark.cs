using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Benchmarks;

/// <summary>How close to openssl are sealing and naming, on one thread?</summary>
internal static class CryptoBenchmark
{
    private const int SizeBytes = 1024 * 1024;

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
        if (sha is { } shaRate)
        {
            table.Add("openssl sha256, 16 KiB", shaRate, "MB/s");
        }

        table.Add("SHA-256, 1 MiB", Measure.MegabytesPerSecond(SizeBytes, () => SHA256.HashData(buffer)), "MB/s", sha);
        table.Add("id of a chunk of 1 MiB", Measure.MegabytesPerSecond(SizeBytes, () => ChunkTree.IdOf(buffer)), "MB/s", sha);
        table.Add("CRC-32C, 1 MiB", Measure.MegabytesPerSecond(SizeBytes, () => Crc32C.Of(buffer)), "MB/s");
        return table;
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
