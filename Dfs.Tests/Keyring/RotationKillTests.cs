using System.Globalization;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Storage.Disk;
using Dfs.Storage.Keyring;
using Dfs.Tests.Kit;
using Dfs.Tests.Processes;

namespace Dfs.Tests.Keyring;

/// <summary>
/// A process that rotates an owner's keys is killed with SIGKILL before every call that changes the keyring's disk, before every change of a head,
/// and while each is under way; one process each.
/// </summary>
/// <remarks>All orders of the heads, and nodes that do not answer, are in <see cref="RotationCrashTests"/>.</remarks>
public sealed class RotationKillTests : IDisposable
{
    public const string Command = "killed-rotation";

    private const string Ended = "ended";

    /// <summary>Processes at once.</summary>
    private const int AtOnce = 4;

    /// <summary>Six steps to replace a keyring, twice, and two for each head.</summary>
    private const int Steps = (2 * 6) + (2 * 3);

    private static readonly Dictionary<string, byte[]> Files = new()
    {
        ["in its manifest"] = TestBytes.Random(1, 700),
        ["in a chunk"] = TestBytes.Random(2, 20_000),
        ["without content"] = [],
    };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_file_opens_with_the_keyring_that_is_left_and_running_it_again_ends_it()
    {
        var begin = Path.Combine(_folder.Path, "begin");
        Directory.CreateDirectory(begin);
        using (var keys = OwnerKeys.Create(FreshRandom.Draw))
        {
            Assert.IsType<KeyringOutcome.Created>(KeyringFile.Create(SoloNode.KeyringIn(begin), keys, null));
        }

        await using (var node = await SoloNode.StartAsync(begin, start: 1))
        {
            foreach (var (name, content) in Files)
            {
                await node.PutAsync(name, content);
            }
        }

        // And one that is not killed.
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Steps + 1), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (step, _) => await KillAsync(begin, step));
    }

    /// <summary>The half that is killed.</summary>
    public static async Task<int> RunAsync(string root, int step)
    {
        var disk = new KillingDisk(HostDisk.Instance, step);
        await using var node = await SoloNode.StartAsync(root, start: 2, disk, disk.Step);
        var answer = await node.RotateAsync();
        Console.WriteLine(answer.Outcome == DfsOutcome.Done ? Ended : answer.Detail);
        return 0;
    }

    private async Task KillAsync(string begin, int step)
    {
        var root = Path.Combine(_folder.Path, $"{step}");
        Copy(begin, root);
        var end = await DfsProgram.RunAsync(
            root, [Command, "--root", root, "--step", step.ToString(CultureInfo.InvariantCulture)], program: "Dfs.Tests.dll");
        var hasEnded = end.ExitCode == 0;
        Assert.True(hasEnded ? end.Text.Trim() == Ended : end.ExitCode is 137 or -1, $"step {step}: ended with {end.ExitCode}: {end.Text} {end.Errors}");
        Assert.True(hasEnded == step >= Steps, $"a rotation has {Steps} steps to be killed at ({step})");

        await using (var node = await SoloNode.StartAsync(root, start: 3))
        {
            await CheckAsync(node, step);
            if (!hasEnded)
            {
                Assert.Equal(DfsOutcome.Done, (await node.RotateAsync()).Outcome);
                await CheckAsync(node, step);
            }
        }

        using (var keys = Assert.IsType<KeyringOutcome.Opened>(KeyringFile.Open(SoloNode.KeyringIn(root), default)).Keys)
        {
            Assert.True(Assert.Single(keys.Epochs.Keys).CompareTo(KeyEpoch.First) > 0);
        }

        Directory.Delete(root, recursive: true);
    }

    private static async Task CheckAsync(SoloNode node, int step)
    {
        Assert.Equal(Files.Keys.Order(StringComparer.Ordinal), await node.ListAsync());
        foreach (var (name, content) in Files)
        {
            var got = await node.GetAsync(name);
            Assert.True(content.AsSpan().SequenceEqual(got), $"'{name}' is another, step {step}");
        }

        // Nothing was uploaded again.
        Assert.Equal(1, node.Chunks);
    }

    private static void Copy(string from, string to)
    {
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        }

        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(path, Path.Combine(to, Path.GetRelativePath(from, path)));
        }
    }
}
