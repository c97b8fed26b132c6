namespace Akka.Actor;

/// <summary>A null message.</summary>
public class InvalidMessageException : AkkaException
{
    public InvalidMessageException() : this("Message is null")
    {
    }

    public InvalidMessageException(string message) : base(message)
    {
    }
}

/// <summary>Not a name, or a name that a living sibling has.</summary>
public class InvalidActorNameException : AkkaException
{
    public InvalidActorNameException(string message) : base(message)
    {
    }

    public InvalidActorNameException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

public class IllegalActorStateException(string message) : AkkaException(message);

public class IllegalActorNameException(string message) : AkkaException(message);

public class ActorKilledException : AkkaException
{
    public ActorKilledException()
    {
    }

    public ActorKilledException(string message) : base(message)
    {
    }
}

public class ActorNotFoundException : AkkaException
{
    public ActorNotFoundException()
    {
    }

    public ActorNotFoundException(string message, Exception innerException = null) : base(message, innerException)
    {
    }
}

/// <summary>The constructor or PreStart of an actor threw.</summary>
public class ActorInitializationException : AkkaException
{
    public ActorInitializationException()
    {
    }

    public ActorInitializationException(string message) : base(message)
    {
    }

    public ActorInitializationException(IActorRef actor, string message, Exception cause = null)
        : base(message, cause) => Actor = actor;

    public IActorRef Actor { get; set; }

    public override string ToString() => Actor is null ? base.ToString() : $"{Actor}: {base.ToString()}";
}

/// <summary>PreRestart threw; the restart goes on.</summary>
public class PreRestartException(IActorRef actor, Exception restartException, Exception cause, object optionalMessage)
    : ActorInitializationException(
        actor, $"Exception in PreRestart({cause?.GetType()}, {optionalMessage?.GetType()})", restartException)
{
    public Exception RestartException { get; } = restartException;

    public object OptionalMessage { get; } = optionalMessage;
}

/// <summary>The constructor or PostRestart of the new incarnation threw.</summary>
public class PostRestartException(IActorRef actor, Exception cause, Exception originalCause)
    : ActorInitializationException(
        actor, $"Exception post restart ({originalCause?.GetType().ToString() ?? "null"})", cause)
{
    public Exception OriginalCause { get; } = originalCause;
}

/// <summary>A watched actor ended and the watcher did not handle it.</summary>
public class DeathPactException(IActorRef deadActor) : AkkaException($"Monitored actor [{deadActor}] terminated")
{
    public IActorRef DeadActor { get; } = deadActor;
}

public class LoggerInitializationException : AkkaException
{
    public LoggerInitializationException()
    {
    }

    public LoggerInitializationException(string message) : base(message)
    {
    }
}

/// <summary>No answer came in the time that was set.</summary>
public class AskTimeoutException(string message) : AkkaException(message);

public class StashOverflowException(string message, Exception cause = null) : AkkaException(message, cause);
