using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Garbage;

public sealed class GarbageBinTests : IAsyncDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TempFolder _folder = new();
    private readonly FolderChunkStore _store;
    private readonly IReadOnlyList<ChunkId> _ids;
    private ulong _run;

    public GarbageBinTests()
    {
        _store = FolderChunkStore.Open(new(HostDisk.Instance, Path.Combine(_folder.Path, "chunks"), new BufferPool()) { ReserveBytes = 0 });
        _ids = [.. Enumerable.Range(0, 6).Select(number => SampleChunk.Of(number, 100).Id).Order()];
    }

    private string ListPath => Path.Combine(_folder.Path, "garbage");

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Without_a_trash_garbage_goes_at_once_but_not_what_is_pinned()
    {
        await PutAllAsync(pin: 3);
        await _store.PinAsync(_ids[2], new Epoch(4), None);

        var totals = await CollectAsync(5, 0, _ids);

        Assert.Equal(new GarbageTotals(1, 100, 5, 500), totals);
        Assert.Equal([_ids[2]], _ids.Where(_store.Contains));
    }

    [Fact]
    public async Task Garbage_rests_and_what_comes_to_life_meanwhile_begins_anew()
    {
        await PutAllAsync(pin: 1);

        Assert.Equal(new GarbageTotals(6, 600, 0, 0), await CollectAsync(5, 2, _ids));
        Assert.Equal(new GarbageTotals(5, 500, 0, 0), await CollectAsync(6, 2, [.. _ids.Skip(1)]));
        Assert.Equal(new GarbageTotals(1, 100, 5, 500), await CollectAsync(7, 2, _ids));
        Assert.Equal([_ids[0]], _ids.Where(_store.Contains));
        Assert.Equal(new GarbageTotals(1, 100, 0, 0), await CollectAsync(8, 2, [_ids[0]]));
        Assert.Equal(new GarbageTotals(0, 0, 1, 100), await CollectAsync(9, 2, [_ids[0]]));
    }

    [Fact]
    public async Task A_list_that_is_damaged_lets_everything_rest_once_more()
    {
        await PutAllAsync(pin: 1);
        await CollectAsync(5, 1, _ids);
        var bytes = await File.ReadAllBytesAsync(ListPath);
        for (var at = 0; at < bytes.Length; at += 13)
        {
            var damaged = bytes.ToArray();
            damaged[at] ^= 1;
            await File.WriteAllBytesAsync(ListPath, damaged);
            using var reader = new GarbageList.Reader(ListPath);
            Assert.All(_ids, id => Assert.Null(reader.SinceOf(id)));
        }

        await File.WriteAllBytesAsync(ListPath, bytes[..^1]);
        Assert.Equal(new GarbageTotals(6, 600, 0, 0), await CollectAsync(6, 1, _ids));
        Assert.Equal(new GarbageTotals(0, 0, 6, 600), await CollectAsync(7, 1, _ids));
    }

    [Fact]
    public async Task A_page_out_of_its_order_or_run_is_refused()
    {
        await PutAllAsync(pin: 1);
        using var bin = new GarbageBin(_store, ListPath, 0);

        Assert.Null(await bin.TakeAsync(1, new Epoch(5), _ids, isFirst: false, isLast: false, None));
        Assert.NotNull(await bin.TakeAsync(1, new Epoch(5), [], isFirst: true, isLast: false, None));
        Assert.Null(await bin.TakeAsync(1, new Epoch(5), [_ids[1], _ids[0]], isFirst: false, isLast: false, None));
        Assert.Null(await bin.TakeAsync(2, new Epoch(5), [], isFirst: false, isLast: true, None));
        Assert.Equal(6, _store.State.Chunks);
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        using (var writer = new GarbageList.Writer(ListPath, new Epoch(258)))
        {
            writer.Add(new GarbageList.Entry(new ChunkId(TestBytes.From(0, 32)), new Epoch(257)));
            writer.Finish();
        }

        Assert.Equal(
            "4446534701000000" + "0000000000000102" + Convert.ToHexString(TestBytes.From(0, 32)) + "0000000000000101" + "527F3A35",
            Convert.ToHexString(File.ReadAllBytes(ListPath)));
    }

    private async Task PutAllAsync(ulong pin)
    {
        foreach (var number in Enumerable.Range(0, 6))
        {
            var chunk = SampleChunk.Of(number, 100);
            await _store.PutAsync(chunk.Id, chunk.Bytes, new Epoch(pin), None);
        }
    }

    // A bin of its own for each, as after a restart.
    private async Task<GarbageTotals?> CollectAsync(ulong epoch, int trash, IReadOnlyList<ChunkId> ids)
    {
        using var bin = new GarbageBin(_store, ListPath, trash);
        var run = ++_run;
        await bin.TakeAsync(run, new Epoch(epoch), [.. ids.Take(2)], isFirst: true, isLast: false, None);
        return await bin.TakeAsync(run, new Epoch(epoch), [.. ids.Skip(2)], isFirst: false, isLast: true, None);
    }
}
