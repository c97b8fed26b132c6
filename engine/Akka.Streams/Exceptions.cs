using Akka.Actor;
using Akka.Streams.Stage;

namespace Akka.Streams;

/// <summary>The actor that ran the stream has stopped before the stream was done.</summary>
public class AbruptTerminationException(IActorRef actor)
    : Exception($"Processor actor [{actor}] terminated abruptly")
{
}

/// <summary>A stage was stopped, with its actor, before it had completed.</summary>
public sealed class AbruptStageTerminationException(GraphStageLogic logic)
    : Exception($"GraphStage [{logic}] terminated abruptly, caused by for example materializer or actor system termination.");

public class BufferOverflowException(string message) : Exception(message);

public class NoSuchElementException(string message) : Exception(message);

/// <summary>The stream that was to take the offered element is gone.</summary>
public class StreamDetachedException(string message) : Exception(message)
{
    public StreamDetachedException()
        : this("Stream is terminated. Materialized value is detached.")
    {
    }
}

/// <summary>Why a downstream cancels when nothing is wrong.</summary>
public static class SubscriptionWithCancelException
{
    public abstract class NonFailureCancellation : Exception
    {
        public override string StackTrace => string.Empty;
    }

    public sealed class NoMoreElementsNeeded : NonFailureCancellation
    {
        public static readonly NoMoreElementsNeeded Instance = new();

        private NoMoreElementsNeeded()
        {
        }
    }

    public sealed class StageWasCompleted : NonFailureCancellation
    {
        public static readonly StageWasCompleted Instance = new();

        private StageWasCompleted()
        {
        }
    }
}
