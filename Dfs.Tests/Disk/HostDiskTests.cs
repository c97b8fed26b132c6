using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Disk;

public sealed class HostDiskTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly HostDisk _disk = HostDisk.Instance;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_in_two_parts_reads_back_as_one()
    {
        using (var file = _disk.Create(At("a")))
        {
            file.Write(0, new byte[] { 1, 2 }, new byte[] { 3 });
            file.Write(1, new byte[] { 9 });
            file.Sync();
        }

        using var read = _disk.Open(At("a"), writable: false)!;
        var bytes = new byte[8];

        Assert.Equal(3, read.Read(0, bytes));
        Assert.Equal(new byte[] { 1, 9, 3 }, bytes[..3]);
        Assert.Equal(3, read.SizeBytes);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(4096), InlineData(5000)]
    public void Much_at_once_stands_where_it_was_written_whatever_its_edges(int offset)
    {
        // Odd lengths, so that no part begins or ends at a block; more than any buffer on the way holds.
        List<int> lengths = [100, 1_000_003, 7, 4096, 3_000_001, 65_536];
        var parts = lengths.Select((length, index) => (ReadOnlyMemory<byte>)TestBytes.Random(index, length)).ToList();
        var before = TestBytes.Random(77, offset);
        using (var file = _disk.Create(At("log")))
        {
            file.Write(0, before);
            file.Write(offset, parts);
            file.Write(offset + parts.Sum(part => part.Length), parts.Take(2).ToList());
            file.Sync();
        }

        var expected = before.Concat(parts.Concat(parts.Take(2)).SelectMany(part => part.ToArray())).ToArray();
        Assert.Equal(expected, File.ReadAllBytes(At("log")));
    }

    [Theory, Seeds(20)]
    public void What_is_read_once_is_what_was_written_and_leaves_no_page_behind(int seed)
    {
        var random = new Random(seed);
        var content = TestBytes.Random(seed, random.Next(2_500_000, 4_000_000));
        using (var file = _disk.Create(At("log")))
        {
            file.Write(0, new List<ReadOnlyMemory<byte>> { content });
            file.Sync();
        }

        using var handle = File.OpenHandle(At("log"));
        using var read = _disk.Open(At("log"), writable: false)!;
        var offset = random.Next(content.Length);
        var (head, body) = (new byte[random.Next(200)], new byte[random.Next(4_000_000)]);
        var wasCached = Posix.IsCached(handle, offset, head.Length + body.Length);

        var count = read.ReadOnce(offset, head, body);

        Assert.Equal(Math.Min(head.Length + body.Length, content.Length - offset), count);
        Assert.True(head.Concat(body).Take(count).SequenceEqual(content.Skip(offset).Take(count)), $"seed {seed}");
        if (head.Length + body.Length >= DirectReads.WorthBytesMin)
        {
            Assert.Equal(wasCached, Posix.IsCached(handle, offset, head.Length + body.Length));
        }
    }

    [Fact]
    public void A_folder_is_made_once_and_a_file_of_that_name_is_not_made_at_all()
    {
        Assert.True(_disk.CreateFolder(At("f")));
        Assert.False(_disk.CreateFolder(At("f")));
        Assert.Throws<DiskException>(() => _disk.Create(At("f")));
    }

    [Fact]
    public void Rename_replaces_and_List_tells_sizes()
    {
        _disk.CreateFolder(At("f"));
        foreach (var name in new[] { "old", "new" })
        {
            using var file = _disk.Create(At(name));
            file.Write(0, new byte[name == "new" ? 5 : 1]);
        }

        _disk.Rename(At("new"), At("old"));
        _disk.SyncFolders([_folder.Path, At("f")]);

        Assert.Equal(
            [new DiskEntry("f", true, 0), new DiskEntry("old", false, 5)],
            _disk.List(_folder.Path).OrderBy(entry => entry.Name, StringComparer.Ordinal));
        Assert.Empty(_disk.List(At("absent")));
    }

    [Fact]
    public void One_sync_for_very_many_folders_is_as_good()
    {
        var folders = Enumerable.Range(0, HostDisk.FolderSyncsBeforeWholeMax + 1).Select(i => At($"{i}")).ToList();
        folders.ForEach(folder => _disk.CreateFolder(folder));

        _disk.SyncFolders(folders);

        Assert.Equal(folders.Count, _disk.List(_folder.Path).Count());
    }

    [Fact]
    public void Absent_files_are_no_failure()
    {
        _disk.Delete(At("absent"));
        _disk.Delete(At("absent/too"));

        Assert.Null(_disk.Open(At("absent"), writable: true));
        Assert.Null(_disk.Open(At("absent/too"), writable: false));
    }

    [Fact]
    public void A_full_device_is_told_from_a_broken_one()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var full = _disk.Open("/dev/full", writable: true)!;

        var failure = Assert.Throws<DiskException>(() => full.Write(0, new byte[1]));
        Assert.Equal(DiskFault.NoSpace, failure.Fault);
        Assert.Equal(DiskFault.Io, Assert.Throws<DiskException>(() => _disk.SyncFolders([At("absent")])).Fault);
        Assert.Equal(DiskFault.Io, Assert.Throws<DiskException>(() => _disk.Rename(At("absent"), At("b"))).Fault);
        Assert.True(_disk.FreeBytes(_folder.Path) > 0);
    }

    /// <summary>A store keeps hundreds of files open: what one of them needed to be written must not stay with it.</summary>
    [Fact]
    public void Large_writes_to_many_open_files_take_the_memory_of_one()
    {
        var content = new byte[512 * 1024];
        var files = new List<IDiskFile>();
        Write();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 20; i++)
        {
            Write();
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512 * 1024);
        files.ForEach(file => file.Dispose());

        void Write()
        {
            var file = _disk.Create(At($"file-{files.Count}"));
            files.Add(file);
            file.Write(0, [content.AsMemory(0, 100), content.AsMemory(100)]);
        }
    }

    private string At(string name) => Path.Combine(_folder.Path, name);
}
