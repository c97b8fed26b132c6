using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;
using Dfs.Storage.Listing;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using Dfs.Tests.Processes;
using Dfs.Tests.Repair;

namespace Dfs.Tests.Client;

/// <summary>An owner's names over a restart: three nodes over real sockets and disks, and the file of one of them.</summary>
public sealed class KeptNamesSpec : IAsyncLifetime, IDisposable
{
    private const int Files = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly List<SyncNode> _nodes = [];
    private readonly List<string> _troubles = [];
    private readonly TempFolder _folder = new();
    private readonly OwnerSession _owner = new(OwnerKeys.Create(TestBytes.FreshSource(1)));
    private OwnedFiles _files = null!;

    private string PathOfFile => Path.Combine(_folder.Path, _owner.PublicKey.Id.ToString());

    public async Task InitializeAsync()
    {
        for (var number = 1; number <= 3; number++)
        {
            _nodes.Add(await SyncNode.StartAsync($"node{number}", Members.Id(number), isFirst: number == 1));
        }

        SeeEachOther();
        await Eventually.HoldsAsync(
            () => Task.FromResult(_nodes.All(node => node.Layout is { IsJoint: false })), Patience, "the first layout has formed");
        _files = new OwnedFiles(_owner, _nodes[0].Layout!.Cluster);
        await Task.WhenAll(Enumerable.Range(0, Files).Select(number => WriteAsync($"{number:D2}", _files.Put($"{number:D2}", number))));
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    public void Dispose()
    {
        _owner.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_start_pulls_only_what_changed_meanwhile_and_its_first_listing_has_all_of_it()
    {
        Assert.True(await KeepAsync() > 0);

        var (names, rows) = await BeginAsync();
        Assert.Equal(Truth(), names);
        Assert.Equal(0, rows);

        await WriteAsync("99", _files.Put("99"));
        await WriteAsync("03", _files.Removed("03", withMarker: false));
        await WriteAsync("04", _files.Removed("04", withMarker: true));
        await WriteAsync("05", _files.Removed("05", withMarker: false));
        await WriteAsync("05-renamed", _files.Put("05-renamed", 5));
        await WriteAsync("06", _files.Put("06", 600));

        // What is pulled again is what was written since, from three replicas; and the older file is as good another time.
        for (var round = 0; round < 2; round++)
        {
            (names, rows) = await BeginAsync();
            Assert.Equal([.. Truth().Where(name => name is not ("03=3" or "04=4" or "05=5" or "06=6")).Append("05-renamed=5").Append("06=600").Append("99=0").Order(StringComparer.Ordinal)], names);
            Assert.InRange(rows, 12, 18);
        }

        Assert.Empty(_troubles);
    }

    [Fact]
    public async Task A_file_that_is_damaged_or_anothers_is_not_used_and_all_names_are_right()
    {
        var all = await KeepAsync();
        var whole = await File.ReadAllBytesAsync(PathOfFile);
        var random = new Random(1);
        var bent = Enumerable.Range(0, 4).Select(_ => Changed(whole, bytes => bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8))));
        List<byte[]> files = [[], [1], whole[..25], whole[..^1], [.. whole, 0], Changed(whole, bytes => bytes[21] ^= 1), .. bent];
        using (var stranger = new OwnerSession(OwnerKeys.Create(TestBytes.FreshSource(2))))
        {
            Assert.True(await KeepAsync(stranger) > 0);
            files.Add(await File.ReadAllBytesAsync(PathOfFile));
        }

        foreach (var file in files)
        {
            await File.WriteAllBytesAsync(PathOfFile, file);
            _troubles.Clear();
            var (names, rows) = await BeginAsync();
            Assert.Equal(Truth(), names);
            Assert.Equal(all, rows);
            Assert.Single(_troubles);
        }

        // Another directory's: everything of it would be right here, and yet it is not believed.
        await File.WriteAllBytesAsync(PathOfFile, whole);
        _troubles.Clear();
        var (elsewhere, pulled) = await BeginAsync(node: 1);
        Assert.Equal((Truth().Count, all), (elsewhere.Count, pulled));
        Assert.Single(_troubles);
    }

    [Fact]
    public async Task A_replica_whose_disk_was_put_back_is_read_from_its_beginning()
    {
        await _nodes[2].StopAsync();
        using var copy = new TempFolder();
        CopyCatalog(_nodes[2].Folder, copy.Path);
        _nodes[2] = await _nodes[2].RestartAsync();
        SeeEachOther();
        for (var number = 0; number < 6; number++)
        {
            await WriteAsync($"later-{number}", _files.Put($"later-{number}"));
        }

        var all = await KeepAsync();

        // The copy gives numbers out again that the index has been told.
        await PutBackAsync(2, copy.Path);
        for (var number = 0; number < 9; number++)
        {
            await WriteAsync($"new-{number}", _files.Put($"new-{number}"));
        }

        // Without one of the others, its rows are needed.
        await _nodes[1].StopAsync();
        var (names, rows) = await BeginAsync();
        Assert.Equal([.. Truth(), .. Enumerable.Range(0, 6).Select(number => $"later-{number}=0"), .. Enumerable.Range(0, 9).Select(number => $"new-{number}=0")], names);
        Assert.InRange(rows, Files, all);
    }

    [Fact]
    public async Task A_bucket_that_was_made_meanwhile_is_read_again_from_its_first_row_and_no_other_bucket_is()
    {
        await KeepAsync();
        await WriteAsync("lost", _files.Removed("lost", withMarker: false, "videos"), "videos");
        await WriteAsync("one", _files.Put("one", 1, "photos"), "photos");
        await WriteAsync("20", _files.Put("20", 20));
        using var index = _nodes[0].NewIndex(_owner, FileOf(), _troubles.Add);
        Assert.Equal([.. Truth(), "20=20"], await NamesAsync(index));
        var before = index.RowsPulled;

        // First seen as removed, so that nothing of it was sealed, and then it was.
        await WriteAsync("lost", _files.Put("lost", 5, "videos"), "videos");
        Assert.Equal([.. Truth(), "20=20"], await NamesAsync(index));
        Assert.Equal(["one=1"], await NamesAsync(index, "photos"));
        Assert.Equal(["lost=5"], await NamesAsync(index, "videos"));
        Assert.Equal([.. Truth(), "20=20"], await NamesAsync(index));
        Assert.InRange(before, 2 * 3, 3 * 3);
        Assert.InRange(index.RowsPulled - before, 2 * (1 + 3 + 1), 3 * (1 + 1 + 3 + 1));

        // What a start finds sealed in its file has no place in the feeds.
        await WriteAsync("two", _files.Put("two", 2, "music"), "music");
        await NamesAsync(index);
        await index.SaveAsync();
        var (names, rows) = await BeginAsync(bucket: "music");
        Assert.Equal(["two=2"], names);
        Assert.InRange(rows, 2 * (Files + 4), 3 * (Files + 4));
        Assert.Empty(_troubles);
    }

    [Fact]
    public async Task Names_of_a_bucket_that_is_made_elsewhere_are_opened_as_they_come_once_its_settings_are_seen()
    {
        using var index = _nodes[0].NewIndex(_owner, FileOf(), _troubles.Add);
        await NamesAsync(index);
        await WriteAsync("photos", _files.Put("photos", 0, ObjectKey.SettingsBucket), ObjectKey.SettingsBucket);
        for (var number = 0; number < 5; number++)
        {
            await WriteAsync($"{number}", _files.Put($"{number}", number, "photos"), "photos");
        }

        // Its settings behind its files: these come twice, in the same pull.
        await WriteAsync("one", _files.Put("one", 1, "videos"), "videos");
        await WriteAsync("videos", _files.Put("videos", 0, ObjectKey.SettingsBucket), ObjectKey.SettingsBucket);
        await NamesAsync(index);
        var before = index.RowsPulled;

        Assert.Equal(["0=0", "1=1", "2=2", "3=3", "4=4"], await NamesAsync(index, "photos"));
        Assert.Equal(["one=1"], await NamesAsync(index, "videos"));
        Assert.InRange(index.RowsPulled - before, 0, 2);
    }

    [Fact]
    public async Task A_replica_that_was_put_back_before_a_bucket_s_rows_come_again_is_read_from_its_beginning()
    {
        await KeepAsync();
        await WriteAsync("one", _files.Put("one", 1, "photos"), "photos");
        using var copy = new TempFolder();
        await Eventually.HoldsAsync(
            async () => await _nodes[2].RowAsync(_files.RegisterOf("one", "photos")) is not null, Patience, "the third replica has it");
        CopyCatalog(_nodes[2].Folder, copy.Path);
        await WriteAsync("20", _files.Put("20", 20));
        await Eventually.HoldsAsync(
            async () => await _nodes[2].RowAsync(_files.RegisterOf("20")) is not null, Patience, "the third replica has it");
        using var index = _nodes[0].NewIndex(_owner, FileOf(), _troubles.Add);
        Assert.Equal([.. Truth(), "20=20"], await NamesAsync(index));
        var before = index.RowsPulled;

        // In the very start in which the rows were told: only their end shows that it is not the same any more.
        await PutBackAsync(2, copy.Path);
        Assert.Equal(["one=1"], await NamesAsync(index, "photos"));
        Assert.Equal([.. Truth(), "20=20"], await NamesAsync(index));
        Assert.InRange(index.RowsPulled - before, Files + 1, 2 * Files);
    }

    [Fact]
    public async Task A_locked_keyring_has_no_index_and_its_file_is_used_again_when_it_is_unlocked()
    {
        await KeepAsync();
        using var index = _nodes[0].NewIndex(_owner, FileOf());
        Assert.Equal(Truth(), await NamesAsync(index));
        _owner.Lock();
        await index.ForgetAsync();
        await index.SaveAsync();
        Assert.Equal(DfsOutcome.Locked, (await Assert.ThrowsAsync<Actors.Transfer.TransferException>(() => NamesAsync(index))).Outcome);

        _owner.Unlock(OwnerKeys.Create(TestBytes.FreshSource(1)));
        Assert.Equal(Truth(), await NamesAsync(index));
        Assert.Equal(0, index.RowsPulled);
    }

    [Fact]
    public async Task A_file_that_becomes_durable_after_the_index_was_begun_anew_does_not_delay_the_next_one()
    {
        var (options, cluster) = (_nodes[0].IndexOptions(_owner, FileOf()), _nodes[0].Layout!.Cluster);
        var (kept, table, buckets) = (new KeptNames(options), new NameTable(), new Dictionary<BucketId, string>());
        var feeds = new ChangeFeeds(options, table, []);
        using var owner = _owner.Use();
        await feeds.PullAsync(new NameOpener(owner, new KnownBuckets()).Open, () => Task.CompletedTask, None);
        using (var draft = kept.Draft(table, feeds, owner, cluster, buckets, None)!)
        {
            kept.Read(new NameTable(), owner, cluster, [], None);
            kept.Commit(draft);
        }

        Assert.True(kept.HasChanged(1));
        Assert.True(kept.IsDue(1, registers: 0));
        using (var draft = kept.Draft(table, feeds, owner, cluster, buckets, None)!)
        {
            kept.Commit(draft);
        }

        Assert.False(kept.HasChanged(feeds.Rows));
        Assert.True(kept.HasChanged(feeds.Rows + 1));
        Assert.False(kept.IsDue(feeds.Rows + 1, registers: 0));
    }

    /// <returns>How many rows were pulled.</returns>
    private async Task<long> KeepAsync(OwnerSession? owner = null)
    {
        File.Delete(PathOfFile);
        using var index = _nodes[0].NewIndex(owner ?? _owner, FileOf());
        await NamesAsync(index);
        await index.SaveAsync();
        Assert.True(File.Exists(PathOfFile));
        return index.RowsPulled;
    }

    private async Task<(List<string> Names, long Rows)> BeginAsync(int node = 0, string bucket = "files")
    {
        using var index = _nodes[node].NewIndex(_owner, FileOf(), _troubles.Add);
        return (await NamesAsync(index, bucket), index.RowsPulled);
    }

    private NameFile FileOf() => new(HostDisk.Instance, PathOfFile);

    private static async Task<List<string>> NamesAsync(NameIndex index, string bucket = "files") =>
        [.. (await index.ListAsync(bucket, ListOptions.All, None)).Entries.Select(file => $"{file.Name}={file.SizeBytes}")];

    private static List<string> Truth() => [.. Enumerable.Range(0, Files).Select(number => $"{number:D2}={number}")];

    private static byte[] Changed(byte[] bytes, Action<byte[]> change)
    {
        var changed = bytes.ToArray();
        change(changed);
        return changed;
    }

    private async Task PutBackAsync(int node, string copy)
    {
        await _nodes[node].StopAsync();
        Directory.Delete(Path.Combine(_nodes[node].Folder, "catalog"), recursive: true);
        CopyCatalog(copy, _nodes[node].Folder);
        _nodes[node] = await _nodes[node].RestartAsync();
        SeeEachOther();
    }

    private static void CopyCatalog(string from, string to)
    {
        Directory.CreateDirectory(Path.Combine(to, "catalog"));
        // Of a node that may be running: what follows each commit first.
        foreach (var file in Directory.GetFiles(Path.Combine(from, "catalog")).Prepend(Path.Combine(from, "catalog.commits")))
        {
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)), overwrite: true);
        }
    }

    private async Task WriteAsync(string name, byte[] value, string bucket = "files") =>
        Assert.True(await _nodes[0].WriteAsync(_files.RegisterOf(name, bucket), value), $"{name} was written");

    private void SeeEachOther() => _nodes.ForEach(node => node.See(_nodes));
}
