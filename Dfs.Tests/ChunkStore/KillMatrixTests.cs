using System.Globalization;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;
using Dfs.Tests.Processes;

namespace Dfs.Tests.ChunkStore;

/// <summary>A process that writes is killed with SIGKILL before every single call that changes its disk, one process each.</summary>
/// <remarks>What the power takes besides, which a killed process does not lose, is in <see cref="SegmentCrashTests"/>.</remarks>
public sealed class KillMatrixTests : IDisposable
{
    /// <summary>Processes at once.</summary>
    private const int AtOnce = 4;

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Acts => [.. KilledWriter.Acts.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Acts))]
    public async Task What_was_answered_is_there_nothing_half_is_and_going_on_works(string act)
    {
        var (steps, isOver) = (0, false);
        for (; !isOver; steps += AtOnce)
        {
            var ends = await Task.WhenAll(Enumerable.Range(steps, AtOnce).Select(step => KillAsync(act, step)));
            isOver = ends.Any(hasEnded => hasEnded);
        }

        Assert.True(steps > 4, $"there were steps to be killed at ({steps})");
    }

    /// <returns>Whether it ended before the step came.</returns>
    private async Task<bool> KillAsync(string act, int step)
    {
        var root = Path.Combine(_folder.Path, $"{act}-{step}");
        Directory.CreateDirectory(root);
        var end = await DfsProgram.RunAsync(
            root, [KilledWriter.Command, "--act", act, "--root", root, "--step", step.ToString(CultureInfo.InvariantCulture)], program: "Dfs.Tests.dll");
        var said = end.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var hasEnded = said.Contains(KilledWriter.Ended);
        Assert.True(hasEnded || end.ExitCode is 137 or -1, $"{act}, step {step}: ended with {end.ExitCode}: {end.Errors}");
        try
        {
            await CheckAsync(act, root, said, hasEnded);
        }
        catch (Exception wrong) when (wrong is not OutOfMemoryException)
        {
            throw new InvalidOperationException($"{act}, killed at step {step}, having said: {string.Join("; ", said)}", wrong);
        }

        Directory.Delete(root, recursive: true);
        return hasEnded;
    }

    private static async Task CheckAsync(string act, string root, string[] said, bool hasEnded)
    {
        if (act == "keyring")
        {
            var (before, after) = (TestBytes.Random(1, 701), TestBytes.Random(2, 702));
            var found = await File.ReadAllBytesAsync(KilledWriter.KeyringIn(root));
            Assert.True(found.SequenceEqual(after) || (!hasEnded && found.SequenceEqual(before)));
            KilledWriter.Replace(HostDisk.Instance, root, 2);
            Assert.Equal(after, await File.ReadAllBytesAsync(KilledWriter.KeyringIn(root)));
            return;
        }

        await using var store = await OpenAsync(act, root);
        var deleted = Said(said, KilledWriter.Deleting).ToHashSet();
        foreach (var (number, sizeBytes) in Said(said, KilledWriter.Stored))
        {
            var chunk = SampleChunk.Of(number, sizeBytes);
            using var lease = await store.ReadAsync(chunk.Id, default);
            if (lease is null ? !deleted.Contains((number, sizeBytes)) : !lease.Ciphertext.Span.SequenceEqual(chunk.Bytes))
            {
                Assert.Fail($"chunk {number} is lost, or another");
            }
        }

        Assert.All(Said(said, "deleted"), gone => Assert.False(store.Contains(SampleChunk.Of(gone.Number, gone.SizeBytes).Id), $"chunk {gone.Number} is back"));
        // Also what was not answered: there whole, or not there.
        foreach (var partition in PartitionId.All)
        {
            await foreach (var id in store.ListAsync(partition, default))
            {
                using var lease = await store.ReadAsync(id, default);
                Assert.NotNull(lease);
            }
        }

        var retried = SampleChunk.Of(99, 6_000);
        Assert.True((await store.PutAsync(retried.Id, retried.Bytes, Epoch.First, default)).IsDurable);
        Assert.Equal(0, store.State.Quarantined);
    }

    private static async Task<IChunkStore> OpenAsync(string act, string root)
    {
        if (act is not ("to-folders" or "to-segments"))
        {
            return KilledWriter.Open(HostDisk.Instance, root);
        }

        var target = act == "to-folders" ? StoreLayout.Folders : StoreLayout.Segments;
        Assert.IsType<ConversionOutcome.Done>(await KilledWriter.ConvertAsync(HostDisk.Instance, root, target));
        return target == StoreLayout.Segments ? KilledWriter.Open(HostDisk.Instance, root) : KilledWriter.OpenFolders(HostDisk.Instance, root);
    }

    private static IEnumerable<(int Number, int SizeBytes)> Said(string[] lines, string what) =>
        from line in lines
        let words = line.Split(' ')
        where words[0] == what
        select (int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture));
}
