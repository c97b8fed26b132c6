using Dfs.Core.Catalog;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.Disk;
using static Dfs.Core.Catalog.CatalogProtocol;
using Store = Dfs.Storage.CatalogStore.CatalogStore;

namespace Dfs.Tests.CatalogStore;

/// <content>Commits that were answered for and are gone.</content>
public sealed partial class CatalogStoreTests
{
    private string MarkPath => _folder + Store.MarkSuffix;

    private string LogPath => Path.Combine(_folder, "catalog.db-wal");

    [Fact]
    public async Task A_log_that_was_cut_short_wherever_ends_the_replica()
    {
        await using var store = await OpenAsync();
        for (byte register = 1; register <= 4; register++)
        {
            await AcceptAsync(store, register, 1, register);
        }

        await store.HandleAsync(new Prepare(Header(2), Ballot(5), PrepareScope.PartitionIfFree), Self);
        long cuts = 0;
        for (var left = 0L; ; left += 4096)
        {
            using var copy = Killed();
            using (var log = File.OpenWrite(copy.LogPath))
            {
                if (left >= log.Length)
                {
                    break;
                }

                log.SetLength(left);
                cuts++;
            }

            var ended = Assert.IsType<CatalogOpenOutcome.Ended>(Store.Open(copy._folder, Self, copy._start + 1, false, Rules));
            Assert.Contains("missing", ended.Message, StringComparison.Ordinal);
            // For good: looking at it has not made it one that looks whole.
            Assert.IsType<CatalogOpenOutcome.Ended>(Store.Open(copy._folder, Self, copy._start + 2, false, Rules));
        }

        Assert.InRange(cuts, 10, 100);
        using var without = Killed();
        File.Delete(without.LogPath);
        Assert.IsNotType<CatalogOpenOutcome.Opened>(Store.Open(without._folder, Self, without._start + 1, false, Rules));
        using var whole = Killed();
        await (await whole.OpenAsync(installs: false)).DisposeAsync();
    }

    [Fact]
    public async Task A_catalog_that_was_put_back_alone_has_ended_and_what_the_mark_does_not_say_is_no_loss()
    {
        await using var store = await OpenAsync();
        await AcceptAsync(store, 1, 1, 7);
        using var copy = Killed();
        await AcceptAsync(store, 2, 1, 8);

        // What a mark is after a loss of power: older, not there, or not whole. Nobody waits for its sync.
        byte[]?[] marks = [await File.ReadAllBytesAsync(copy.MarkPath), null, [], new byte[CommitMark.SizeBytes]];
        foreach (var mark in marks)
        {
            using var later = Killed();
            File.Delete(later.MarkPath);
            if (mark is not null)
            {
                await File.WriteAllBytesAsync(later.MarkPath, mark);
            }

            await using var reopened = await later.OpenAsync(installs: false);
            Assert.Equal(Ballot(1), (await StateAsync(reopened, 2)).Accepted);
            await AcceptAsync(reopened, 3, 1, 9);
            Assert.Equal(CommitsIn(MarkPath) + 1, CommitsIn(later.MarkPath));
        }

        File.Copy(MarkPath, copy.MarkPath, overwrite: true);
        Assert.IsType<CatalogOpenOutcome.Ended>(Store.Open(copy._folder, Self, copy._start + 1, false, Rules));
    }

    [Fact]
    public void The_mark_is_as_it_is_documented()
    {
        using (var mark = CommitMark.Open(HostDisk.Instance, MarkPath))
        {
            Assert.Equal(0UL, mark.Commits);
            mark.Follow(0x0102030405060708);
        }

        Assert.Equal("4446534d0102030405060708e5f346eb", Convert.ToHexStringLower(File.ReadAllBytes(MarkPath)));
        Assert.Equal(0x0102030405060708UL, CommitsIn(MarkPath));
    }

    private static ulong CommitsIn(string path)
    {
        using var mark = CommitMark.Open(HostDisk.Instance, path);
        return mark.Commits;
    }

    /// <summary>The files as they are while the store still runs: what a killed process leaves behind.</summary>
    private CatalogStoreTests Killed()
    {
        var copy = new CatalogStoreTests { _start = _start };
        foreach (var file in Directory.GetFiles(_folder))
        {
            File.Copy(file, Path.Combine(copy._folder, Path.GetFileName(file)));
        }

        File.Copy(MarkPath, copy.MarkPath);
        return copy;
    }
}
