using System.Collections.Concurrent;

namespace Akka.TestKit.Internal;

/// <summary>The messages that a test has not looked at yet; read by blocking and by asynchronous tests alike.</summary>
internal sealed class MessageBox
{
    private readonly ConcurrentQueue<MessageEnvelope> _messages = new();
    private readonly SemaphoreSlim _count = new(0);

    public bool IsEmpty => _messages.IsEmpty;

    public void Add(MessageEnvelope message)
    {
        _messages.Enqueue(message);
        _count.Release();
    }

    /// <summary>Null when none came in time; a negative time is none, but for <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    public MessageEnvelope Take(TimeSpan max, CancellationToken cancellationToken) =>
        _count.Wait(Waitable(max), cancellationToken) ? Dequeue() : null;

    private MessageEnvelope Dequeue() => _messages.TryDequeue(out var first) ? first : null;

    private static TimeSpan Waitable(TimeSpan max) =>
        max < TimeSpan.Zero && max != Timeout.InfiniteTimeSpan ? TimeSpan.Zero : max;
}
