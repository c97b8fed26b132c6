using System.Diagnostics;
using System.Globalization;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;
using Dfs.Storage.Listing;

namespace Dfs.Benchmarks;

/// <summary>What does a listing of a large bucket cost: in memory, filled, asked for a page, and after one put?</summary>
internal static class ListBenchmark
{
    private const string Bucket = "files";

    /// <param name="args">How many names; a million.</param>
    public static async Task<Table> RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var folder = Directory.CreateTempSubdirectory("dfs-list-").FullName;
        try
        {
            await using var chunks = new MemoryStore(new BufferPool());
            await using var replicas = await ListReplicas.StartAsync(folder, chunks);
            await replicas.PutAsync(Bucket, Enumerable.Range(0, count).Select(NameOf), round: 1);
            return await RunAsync(replicas, count, Path.Combine(folder, "names"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Table> RunAsync(ListReplicas replicas, int count, string file)
    {
        var table = new Table($"A bucket with {count:#,0} names of 36 bytes, three replicas that have them, two over loopback");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var index = replicas.NewIndex(new NameFile(HostDisk.Instance, file));
        table.Add("the first listing, which fills the index", await MillisecondsAsync(() => PageAsync(index, ListOptions.All)), "ms");
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        table.Add("memory for each name", (double)bytes / count, "bytes");

        table.Add("taking it to disk", await MillisecondsAsync(() => index.SaveAsync()), "ms");
        table.Add("disk for each name", (double)new FileInfo(file).Length / count, "bytes");
        using (var again = replicas.NewIndex(new NameFile(HostDisk.Instance, file)))
        {
            table.Add("the first listing after a start, from the disk", await MillisecondsAsync(() => PageAsync(again, ListOptions.All)), "ms");
            Invariant.Holds(again.RowsPulled == 0, $"nothing was pulled again ({again.RowsPulled} rows)");
        }

        var middle = NameOf(count / 2);
        table.Add("a page of 1,000 from the middle", await WorstAsync(() => PageAsync(index, new ListOptions { After = middle })), "ms");
        table.Add("the folders at the top", await WorstAsync(() => PageAsync(index, new ListOptions { Delimiter = "/" })), "ms");
        var round = 0;
        table.Add("a page after one put", await WorstAsync(async () =>
        {
            await replicas.PutAsync(Bucket, [$"{middle}-{round}"], round: 1);
            var clock = Stopwatch.StartNew();
            var page = await PageAsync(index, new ListOptions { After = middle });
            Invariant.Holds(page.Entries[0].Name == $"{middle}-0", "the page has what was put");
            round++;
            return clock.Elapsed;
        }), "ms");
        await replicas.PutAsync(Bucket, Enumerable.Range(0, 1000).Select(number => NameOf(number * (count / 1000))), round: 2);
        table.Add("a page after 1,000 names were written again", await MillisecondsAsync(() => PageAsync(index, ListOptions.All)), "ms");

        var listed = 0;
        table.Add("all of it, page by page", await MillisecondsAsync(async () =>
        {
            for (var wanted = ListOptions.All; ;)
            {
                var page = await PageAsync(index, wanted);
                listed += page.Entries.Count;
                if (!page.IsTruncated)
                {
                    break;
                }

                wanted = wanted with { After = page.Next };
            }
        }), "ms");
        Invariant.Holds(listed == count + round, $"every name was listed ({listed} of {count + round})");
        return table;
    }

    private static Task<NamePage<FileEntry>> PageAsync(NameIndex index, ListOptions wanted) =>
        index.ListAsync(Bucket, wanted, CancellationToken.None);

    private static async Task<double> MillisecondsAsync(Func<Task> act)
    {
        var clock = Stopwatch.StartNew();
        await act();
        return clock.Elapsed.TotalMilliseconds;
    }

    // The worst of five: a bound is promised, not an average.
    private static Task<double> WorstAsync(Func<Task> act) => WorstAsync(async () => TimeSpan.FromMilliseconds(await MillisecondsAsync(act)));

    private static async Task<double> WorstAsync(Func<Task<TimeSpan>> act)
    {
        var worst = TimeSpan.Zero;
        for (var round = 0; round < 5; round++)
        {
            var took = await act();
            worst = took > worst ? took : worst;
        }

        return worst.TotalMilliseconds;
    }

    // A hundred folders of a hundred each, in no order.
    private static string NameOf(int number)
    {
        var mixed = (int)(number * 2_654_435_761L % 1_000_000_007);
        return string.Create(CultureInfo.InvariantCulture, $"photos-{mixed % 100:D2}/{mixed / 100 % 100:D2}/picture-{number:D8}.jpeg-{mixed % 10}");
    }
}
