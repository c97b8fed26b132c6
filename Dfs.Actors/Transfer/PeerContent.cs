using System.Diagnostics;
using System.Net;
using Dfs.Core.Transfer;

namespace Dfs.Actors.Transfer;

/// <summary>A body out of memory that belongs to the caller, sent in pieces so that a standstill is noticed, and a slow link is not taken for one.</summary>
/// <remarks>
/// HTTP goes on sending after an early answer; <see cref="UntilIdleAsync"/> says when the memory is free to be used again.
/// </remarks>
internal sealed class PeerContent(ReadOnlyMemory<byte> bytes, ProgressWatch watch) : HttpContent
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _sending;

    public Task UntilIdleAsync()
    {
        lock (_lock)
        {
            return _sending?.Task ?? Task.CompletedTask;
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, watch.Token);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var sending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _sending = sending;
        }

        try
        {
            var mostBytes = SlowLinks.PieceBytes;
            for (var (rest, number) = (bytes, 0); !rest.IsEmpty; number++)
            {
                var piece = rest[..Math.Min(rest.Length, mostBytes)];
                var begunAt = Stopwatch.GetTimestamp();
                await stream.WriteAsync(piece, watch.Token);
                watch.Progress(piece.Length);
                mostBytes = SlowLinks.NextPieceBytes(number, mostBytes, Stopwatch.GetElapsedTime(begunAt));
                rest = rest[piece.Length..];
            }

            watch.AwaitAnswer();
        }
        finally
        {
            sending.SetResult();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = bytes.Length;
        return true;
    }
}
