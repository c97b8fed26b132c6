using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Listing;

namespace Dfs.Tests.Shell;

/// <summary>A store in memory that answers with the outcome that the test says.</summary>
internal sealed class FakeClient : IDfsClient
{
    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public FakeBuckets Made { get; } = new();

    public IBuckets Buckets => Made;

    public ICompositions Compositions => throw new NotSupportedException("the console composes nothing");

    public ILocks Locks => throw new NotSupportedException("the console locks nothing");

    public FakeVersions History { get; } = new();

    public IVersions Versions => History;

    public ISnapshots Snapshots => throw new NotSupportedException("the console knows no snapshots");

    public ISubscriptions Subscriptions => throw new NotSupportedException("the console subscribes to nothing");

    public IShares Shares => throw new NotSupportedException("the console shares nothing");

    public DfsOutcome Outcome { get; set; } = DfsOutcome.Done;

    /// <summary>How a download ends.</summary>
    public DfsOutcome End { get; set; } = DfsOutcome.Done;

    public async Task<PutResult> PutAsync(ObjectKey key, PipeReader content, PutOptions options, CancellationToken cancellationToken)
    {
        if (Outcome != DfsOutcome.Done)
        {
            await content.CompleteAsync();
            return PutResult.Refused(Outcome, $"put: {Outcome}");
        }

        var bytes = await ReadAsync(content, cancellationToken);
        _files[key.Name] = bytes;
        return new PutResult(DfsOutcome.Done, bytes.Length, default, "");
    }

    public Task<OpenResult> OpenAsync(ObjectKey key, CancellationToken cancellationToken) => Task.FromResult(
        Outcome != DfsOutcome.Done ? OpenResult.Refused(Outcome, $"open: {Outcome}")
        : _files.TryGetValue(key.Name, out var content) ? new OpenResult(DfsOutcome.Done, new File(content, End), "")
        : OpenResult.Refused(DfsOutcome.NotFound, "not found"));

    public Task<RemoveResult> RemoveAsync(ObjectKey key, CancellationToken cancellationToken) => Task.FromResult(
        Outcome != DfsOutcome.Done ? new RemoveResult(Outcome, $"remove: {Outcome}")
        : _files.Remove(key.Name) ? new RemoveResult(DfsOutcome.Done, "")
        : new RemoveResult(DfsOutcome.NotFound, "not found"));

    public Task<ListPage> ListAsync(string bucket, ListOptions options, CancellationToken cancellationToken)
    {
        var cut = PageCut.Of(options, new NamesInOrder(_files.Keys));
        var entries = cut.Entries.Select(name => new FileEntry(name, _files[name].Length, default, "", default));
        return Task.FromResult(Outcome != DfsOutcome.Done
            ? ListPage.Refused(Outcome, $"list: {Outcome}")
            : new ListPage(DfsOutcome.Done, [.. entries], cut.CommonPrefixes, cut.IsTruncated, cut.Next, ""));
    }

    public string Text(string name) => Encoding.UTF8.GetString(_files[name]);

    private static async Task<byte[]> ReadAsync(PipeReader content, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await content.ReadAsync(cancellationToken);
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                await content.CompleteAsync();
                return bytes;
            }

            content.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private sealed class File(byte[] content, DfsOutcome end) : IOpenFile
    {
        public long SizeBytes => content.Length;

        public string ContentType => "text/plain";

        public DateTimeOffset ModifiedAt => default;

        public FileFacts Facts => FileFacts.None with { ContentType = ContentType };

        public VersionId Version => default;

        public async Task<TransferEnd> CopyToAsync(PipeWriter target, long offsetBytes, long countBytes, CancellationToken cancellationToken)
        {
            await target.WriteAsync(content.AsMemory((int)offsetBytes, (int)countBytes), cancellationToken);
            return new TransferEnd(end, countBytes, end == DfsOutcome.Done ? "" : $"copy: {end}");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
