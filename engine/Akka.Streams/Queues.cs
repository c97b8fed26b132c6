namespace Akka.Streams;

public interface ISourceQueue<in T>
{
    /// <summary>Offers an element; with back-pressure the answer comes when there is room, and offers wait for it.</summary>
    Task<IQueueOfferResult> OfferAsync(T element);

    Task WatchCompletionAsync();
}

public interface ISourceQueueWithComplete<in T> : ISourceQueue<T>
{
    /// <summary>Ends the stream after what was offered.</summary>
    void Complete();

    void Fail(Exception ex);

    new Task WatchCompletionAsync();
}

public interface IQueueOfferResult;

public sealed class QueueOfferResult
{
    private QueueOfferResult()
    {
    }

    public sealed class Enqueued : IQueueOfferResult
    {
        public static readonly Enqueued Instance = new();

        private Enqueued()
        {
        }
    }

    public sealed class Dropped : IQueueOfferResult
    {
        public static readonly Dropped Instance = new();

        private Dropped()
        {
        }
    }

    public sealed class Failure(Exception cause) : IQueueOfferResult
    {
        public Exception Cause { get; } = cause;
    }

    public sealed class QueueClosed : IQueueOfferResult
    {
        public static readonly QueueClosed Instance = new();

        private QueueClosed()
        {
        }
    }
}
