using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Processes;
using Dfs.Tests.Trust;

namespace Dfs.Tests.ClientLibrary;

/// <summary>The library as a program uses it, against a node with sockets and a disk.</summary>
public sealed class LibrarySpec : IClassFixture<MatrixNode>, IDisposable
{
    private readonly MatrixNode _node;
    private readonly NodeConnection _connection;

    public LibrarySpec(MatrixNode node)
    {
        _node = node;
        _connection = new NodeConnection(new Uri(node.Node.HttpUrl), node.AdminToken);
    }

    private DfsFiles Files => _connection.Files;

    public void Dispose() => _connection.Dispose();

    [Fact]
    public async Task What_is_stored_comes_back_with_what_is_known_of_it_and_in_parts()
    {
        var (key, content) = (DfsFiles.Key("library/film.mkv"), Content.Bytes(1, 3_000_000));
        var options = PutOptions.Default with
        {
            ContentType = "video/x-matroska; codecs=av1",
            Metadata = FileFacts.NoPairs.Add("author", "Ada L.").Add("take_2", ""),
        };

        var stored = await Files.StoreAsync(key, new MemoryStream(content), options);

        await using var file = await Files.OpenAsync(key);
        Assert.Equal((3_000_000, stored.Version, options.ContentType), (file.SizeBytes, file.Version, file.ContentType));
        Assert.Equal(options.Metadata, UserMetadata.Of(file.Facts));
        Assert.Equal(content[1_000_000..], await ReadAsync(file.OpenStream(1_000_000)));
        Assert.Equal(content[..10], await ReadAsync(file.OpenStream(0, 10)));
        Assert.Empty(await ReadAsync(file.OpenStream(3_000_000)));
        Assert.Equal(content, await FetchAsync(key));
        Assert.Equal(content[5..7], await FetchAsync(key, offsetBytes: 5, countBytes: 2));
        Assert.Equal([("library/film.mkv", 3_000_000L)], await Files.ListAsync("library/film").Select(entry => (entry.Name, entry.SizeBytes)).ToListAsync());
        await Files.RemoveAsync(key, stored.Version);
        Assert.Equal(DfsOutcome.NotFound, await RefusalAsync(() => Files.OpenAsync(key)));
        Assert.Equal(DfsOutcome.NotFound, await RefusalAsync(() => Files.RemoveAsync(key)));
    }

    [Fact]
    public async Task Metadata_is_what_an_S3_client_sees_and_sets()
    {
        using var s3 = _node.ConnectS3(_node.FirstKey);
        await Files.StoreAsync(DfsFiles.Key("library/ours"), Stream.Null, PutOptions.Default with { Metadata = FileFacts.NoPairs.Add("author", "ada") });
        await s3.PutObjectAsync(new() { BucketName = "files", Key = "library/theirs", ContentBody = "", Metadata = { ["author"] = "grace" } });

        var ours = await s3.GetObjectMetadataAsync("files", "library/ours");
        await using var theirs = await Files.OpenAsync(DfsFiles.Key("library/theirs"));

        Assert.Equal("ada", ours.Metadata["author"]);
        Assert.Equal("grace", UserMetadata.Of(theirs.Facts)["author"]);
        Assert.Equal(
            DfsOutcome.PreconditionFailed,
            await RefusalAsync(() => Files.StoreAsync(
                DfsFiles.Key("library/odd"), Stream.Null, PutOptions.Default with { Metadata = FileFacts.NoPairs.Add("größe", "1") })));
    }

    [Fact]
    public async Task Of_two_writers_of_a_version_one_is_refused()
    {
        var key = DfsFiles.Key("library/shared");
        var first = await Files.StoreAsync(key, Text("first"), PutOptions.Default with { OnlyIfAbsent = true });
        var second = await Files.StoreAsync(key, Text("second"), PutOptions.Default with { OnlyIfVersion = first.Version });

        Assert.Equal(DfsOutcome.PreconditionFailed, await RefusalAsync(() => Files.StoreAsync(key, Text("late"), PutOptions.Default with { OnlyIfVersion = first.Version })));
        Assert.Equal(DfsOutcome.PreconditionFailed, await RefusalAsync(() => Files.StoreAsync(key, Text("late"), PutOptions.Default with { OnlyIfAbsent = true })));
        Assert.Equal(DfsOutcome.PreconditionFailed, await RefusalAsync(() => Files.RemoveAsync(key, first.Version)));
        Assert.Equal(second.Version, Assert.Single(await Files.VersionsAsync(key)).Version);
    }

    [Fact]
    public async Task A_file_that_is_replaced_while_it_is_open_is_never_read_as_a_mix_of_both()
    {
        var key = DfsFiles.Key("library/replaced");
        await Files.StoreAsync(key, new MemoryStream(Content.Bytes(2, 100_000)));
        await using var file = await Files.OpenAsync(key);
        await Files.StoreAsync(key, new MemoryStream(Content.Bytes(3, 100_000)));

        Assert.Equal(DfsOutcome.PreconditionFailed, await RefusalAsync(() => ReadAsync(file.OpenStream(50_000))));
    }

    [Fact]
    public async Task A_source_that_fails_or_ends_early_stores_nothing_and_says_so()
    {
        var key = DfsFiles.Key("library/broken");

        Assert.Equal(DfsOutcome.SourceFailed, await RefusalAsync(() => Files.StoreAsync(key, new BrokenStream(200_000))));
        Assert.Equal(DfsOutcome.SourceFailed, await RefusalAsync(() => Files.StoreAsync(key, Text("short"), PutOptions.Default with { SizeBytes = 6 })));
        Assert.Equal(DfsOutcome.NotFound, await RefusalAsync(() => Files.OpenAsync(key)));
    }

    [Fact]
    public async Task Older_versions_are_listed_and_read_where_the_bucket_keeps_them()
    {
        Assert.True(BucketChange.TryCreate(new Dictionary<string, string> { ["versioned"] = "on" }, out var settings, out _));
        Assert.Equal(DfsOutcome.Done, (await _connection.Store.Buckets.CreateAsync("library-papers", settings, default)).Outcome);
        var key = DfsFiles.Key("draft", "library-papers");
        var first = await Files.StoreAsync(key, Text("first"));
        await Files.StoreAsync(key, Text("second"));
        await Files.RemoveAsync(key);

        Assert.Equal([true, false, false], (await Files.VersionsAsync(key)).Select(version => version.IsDeleteMarker));
        Assert.Equal("first"u8.ToArray(), await FetchAsync(key, version: first.Version));
    }

    [Fact]
    public async Task Who_cancels_is_told_so_and_a_node_that_is_not_there_is_a_reason_to_try_another()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Files.OpenAsync(DfsFiles.Key("any"), null, cancelled.Token));
        using var nobody = new NodeConnection(new Uri($"http://127.0.0.1:{FreePorts.Take(1)[0]}"), "token");

        var refused = await Assert.ThrowsAsync<DfsException>(() => nobody.Files.StoreAsync(DfsFiles.Key("any"), Text("content")));

        Assert.Equal((DfsOutcome.Unreachable, true), (refused.Outcome, refused.IsTemporary));
        using var stranger = new NodeConnection(new Uri(_node.Node.HttpUrl), "dfs-not-a-token");
        Assert.Equal(DfsOutcome.NotAllowed, await RefusalAsync(() => stranger.Files.OpenAsync(DfsFiles.Key("any"))));
        Assert.Throws<ArgumentException>(() => DfsFiles.Key(""));
    }

    private static MemoryStream Text(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));

    private static async Task<DfsOutcome> RefusalAsync(Func<Task> act) => (await Assert.ThrowsAsync<DfsException>(act)).Outcome;

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        await using var closing = stream;
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }

    private async Task<byte[]> FetchAsync(ObjectKey key, long offsetBytes = 0, long? countBytes = null, VersionId? version = null)
    {
        using var copy = new MemoryStream();
        Assert.Equal(await Files.GetAsync(key, copy, offsetBytes, countBytes, version), copy.Length);
        return copy.ToArray();
    }

    /// <summary>Throws after so many bytes.</summary>
    private sealed class BrokenStream(int sizeBytes) : MemoryStream(new byte[sizeBytes])
    {
        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException("the tape tore");
    }
}
