using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Dfs.Tests.Processes;
using Microsoft.Data.Sqlite;

namespace Dfs.Tests.Faults;

/// <summary>What clients of one node notice when another one is killed or frozen: four of them put and get 4 KiB all the time.</summary>
/// <remarks>Every eighth file has 12 KiB: those have chunks, the others stand in their heads.</remarks>
internal sealed class GapRun
{
    private const int Workers = 4, FileBytes = 4096, ChunkFileBytes = 12 * 1024;

    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(5), Away = TimeSpan.FromSeconds(17), WholeTimeout = TimeSpan.FromSeconds(120);

    private readonly ConcurrentQueue<(TimeSpan End, TimeSpan Took)> _calls = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ConcurrentDictionary<string, int> _stored = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <param name="isFrozen">SIGSTOP instead of <c>kill -9</c>.</param>
    /// <param name="say">Takes what was measured, line by line.</param>
    /// <returns>Whether it was within the bounds.</returns>
    public static async Task<bool> RunAsync(bool isFrozen, Action<string> say)
    {
        await using var nodes = new LocalNodes(3, null);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        await nodes.WholeAsync(WholeTimeout);
        return await new GapRun().RunAsync(nodes, isFrozen, say);
    }

    private async Task<bool> RunAsync(LocalNodes nodes, bool isFrozen, Action<string> say)
    {
        using var door = new NodeDoor(nodes[0], null, 0);
        using var stop = new CancellationTokenSource();
        var work = Enumerable.Range(0, Workers).Select(worker => WorkAsync(door, worker, stop.Token)).ToList();
        await Task.Delay(Usual, CancellationToken.None);
        var (begin, errorsBefore) = (_clock.Elapsed, _errors.Count);
        await Task.Delay(Away, CancellationToken.None);
        var without = LongestGap(begin, _clock.Elapsed);

        var fault = _clock.Elapsed;
        if (isFrozen)
        {
            nodes[2].Pause();
        }
        else
        {
            nodes[2].Kill();
        }

        await Task.Delay(Away, CancellationToken.None);
        var with = LongestGap(fault, _clock.Elapsed);
        await stop.CancelAsync();
        await Task.WhenAll(work);
        var (lasts, puts) = (_clock.Elapsed - fault, _stored.Count);
        if (isFrozen)
        {
            nodes[2].Continue();
        }
        else
        {
            nodes.Start(nodes[2]);
        }

        var (back, saidWhole) = (Stopwatch.StartNew(), WholeCount(nodes[2]));
        await Eventually.HoldsAsync(
            async () => WholeCount(nodes[2]) > saidWhole && await IsWholeAsync(nodes), WholeTimeout, "the node has everything again");
        var whole = back.Elapsed;
        await nodes[2].StopAsync();
        var missing = RegistersOf(nodes[1]).Except(RegistersOf(nodes[2])).Count();
        if (missing > 0)
        {
            _errors.Enqueue($"{missing} heads are missing on the node that was away");
        }

        foreach (var (name, value) in _stored)
        {
            var answer = await door.GetAsync(name);
            if (answer.Content is not { } content || !content.AsSpan().SequenceEqual(ContentOf(value)))
            {
                _errors.Enqueue($"{name} does not read back");
            }
        }

        var bound = TimeSpan.FromSeconds(isFrozen ? 1 : Math.Max(0.1, 2 * without.TotalSeconds));
        var isGood = with <= bound && whole <= TimeSpan.FromSeconds(20) && _errors.IsEmpty;
        say(string.Create(
            CultureInfo.InvariantCulture,
            $"{(isFrozen ? "frozen" : "killed")}: longest gap {with.TotalSeconds:0.000} s (without a fault {without.TotalSeconds:0.000} s; bound {bound.TotalSeconds:0.000} s), {_errors.Count - errorsBefore} errors of {_calls.Count} calls; {puts} files; back after {lasts.TotalSeconds:0} s, whole {whole.TotalSeconds:0.0} s later (bound 20 s)"));
        foreach (var error in _errors.Distinct().Take(5))
        {
            say($"  {error}");
        }

        return isGood;
    }

    /// <summary>The node is a ready member again, and holds as many chunks as its replicas' peers do.</summary>
    private static async Task<bool> IsWholeAsync(LocalNodes nodes)
    {
        var views = await Task.WhenAll(nodes.All.Select(LocalNodes.StatusAsync));
        return views.All(view => view is { Ready: true } && view.Peers.Count(peer => peer.State == "up") == nodes.All.Count)
            && views[2]!.Store.Chunks >= views.Min(view => view!.Store.Chunks) && views.Select(view => view!.Store.Chunks).Distinct().Count() == 1;
    }

    private static int WholeCount(NodeProcess node) => node.Log.Split("This directory is whole").Length;

    // A copy, because a node that runs holds its file for itself.
    private static HashSet<string> RegistersOf(NodeProcess node)
    {
        var copy = Directory.CreateTempSubdirectory("dfs-gap-");
        try
        {
            foreach (var file in Directory.GetFiles(Path.Combine(node.DataDirectory, "catalog"), "catalog.db*"))
            {
                File.Copy(file, Path.Combine(copy.FullName, Path.GetFileName(file)));
            }

            using var connection = new SqliteConnection($"Data Source={Path.Combine(copy.FullName, "catalog.db")};Pooling=False");
            connection.Open();
            using var command = new SqliteCommand("SELECT hex(key) FROM register WHERE change > 0", connection);
            using var reader = command.ExecuteReader();
            var keys = new HashSet<string>();
            while (reader.Read())
            {
                keys.Add(reader.GetString(0));
            }

            return keys;
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }

    private async Task WorkAsync(NodeDoor door, int worker, CancellationToken stop)
    {
        for (var round = 0; !stop.IsCancellationRequested; round++)
        {
            var (name, value) = ($"gap-{worker}-{round}", (worker * 1_000_000) + round);
            await CallAsync(() => door.PutAsync(name, ContentOf(value), null), name);
            _stored[name] = value;
            var answer = await CallAsync(() => door.GetAsync(name), name);
            if (answer.Content is { } content && !content.AsSpan().SequenceEqual(ContentOf(value)))
            {
                _errors.Enqueue($"{name} came back different");
            }
        }
    }

    private async Task<DoorAnswer> CallAsync(Func<Task<DoorAnswer>> call, string name)
    {
        var begin = _clock.Elapsed;
        var answer = await call();
        _calls.Enqueue((_clock.Elapsed, _clock.Elapsed - begin));
        if (answer.Heard != Heard.Done)
        {
            _errors.Enqueue($"{name}: {answer.Heard} {answer.Said}");
        }

        return answer;
    }

    // The longest that one of the clients waited for an answer.
    private TimeSpan LongestGap(TimeSpan from, TimeSpan to) =>
        _calls.Where(call => call.End >= from && call.End <= to).Select(call => call.Took).DefaultIfEmpty(to - from).Max();

    private static byte[] ContentOf(int value)
    {
        var content = new byte[value % 8 == 0 ? ChunkFileBytes : FileBytes];
        new Random(value).NextBytes(content);
        return content;
    }
}
