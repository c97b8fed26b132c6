using System.IO.Pipelines;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Tests.ClientLibrary;

/// <summary>An open file, read as a stream.</summary>
public sealed class OpenFileReadingTests
{
    [Fact]
    public async Task What_nobody_reads_is_not_fetched_ahead_without_end()
    {
        var file = new EndlessFile();
        await using var stream = file.OpenStream();

        Assert.Equal(1, await stream.ReadAtLeastAsync(new byte[1], 1));

        Assert.InRange(await file.Held, 1, 2 * 1024 * 1024);
    }

    [Fact]
    public async Task Who_disposes_of_the_stream_ends_the_transfer()
    {
        var file = new EndlessFile();
        var stream = file.OpenStream();
        await file.Held;

        await stream.DisposeAsync();

        await file.Ended;
    }

    [Fact]
    public async Task A_content_that_stops_short_is_never_a_shorter_stream()
    {
        await using var stream = new BrokenFile().OpenStream();

        var refused = await Assert.ThrowsAsync<DfsException>(() => stream.CopyToAsync(Stream.Null));

        Assert.Equal((DfsOutcome.Damaged, "no intact copy"), (refused.Outcome, refused.Message));
        Assert.False(refused.IsTemporary);
    }

    private abstract class OneFile : IOpenFile
    {
        public long SizeBytes => 1L << 40;

        public string ContentType => "";

        public DateTimeOffset ModifiedAt => default;

        public FileFacts Facts => FileFacts.None;

        public VersionId Version => default;

        public abstract Task<TransferEnd> CopyToAsync(PipeWriter target, long offsetBytes, long countBytes, CancellationToken cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Writes as long as it is let.</summary>
    private sealed class EndlessFile : OneFile
    {
        private readonly TaskCompletionSource<long> _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>How many bytes it had written when it had to wait.</summary>
        public Task<long> Held => _held.Task;

        public Task Ended => _ended.Task;

        public override async Task<TransferEnd> CopyToAsync(
            PipeWriter target, long offsetBytes, long countBytes, CancellationToken cancellationToken)
        {
            var written = 0L;
            while (true)
            {
                target.Advance(target.GetMemory(64 * 1024).Length);
                written += 64 * 1024;
                var flush = target.FlushAsync(cancellationToken);
                if (!flush.IsCompleted)
                {
                    _held.TrySetResult(written);
                }

                if ((await flush).IsCompleted)
                {
                    _ended.SetResult();
                    return new TransferEnd(DfsOutcome.Done, written, "");
                }
            }
        }
    }

    private sealed class BrokenFile : OneFile
    {
        public override async Task<TransferEnd> CopyToAsync(
            PipeWriter target, long offsetBytes, long countBytes, CancellationToken cancellationToken)
        {
            await target.WriteAsync(new byte[100], cancellationToken);
            return new TransferEnd(DfsOutcome.Damaged, 100, "no intact copy");
        }
    }
}
