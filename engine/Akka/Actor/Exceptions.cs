namespace Akka.Actor;

/// <summary>A null message.</summary>
public class InvalidMessageException : AkkaException
{
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
}

public class IllegalActorStateException(string message) : AkkaException(message);

public class IllegalActorNameException(string message) : AkkaException(message);

public class ActorKilledException : AkkaException
{
    public ActorKilledException(string message) : base(message)
    {
    }
}

public class ActorNotFoundException : AkkaException
{
    public ActorNotFoundException(string message, Exception innerException = null) : base(message, innerException)
    {
    }
}

/// <summary>The constructor or PreStart of an actor threw.</summary>
public class ActorInitializationException : AkkaException
{
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
}

/// <summary>The constructor or PostRestart of the new incarnation threw.</summary>
public class PostRestartException(IActorRef actor, Exception cause, Exception originalCause)
    : ActorInitializationException(
        actor, $"Exception post restart ({originalCause?.GetType().ToString() ?? "null"})", cause)
{
}

/// <summary>A watched actor ended and the watcher did not handle it.</summary>
public class DeathPactException(IActorRef deadActor) : AkkaException($"Monitored actor [{deadActor}] terminated")
{
}

public class LoggerInitializationException : AkkaException
{
    public LoggerInitializationException(string message) : base(message)
    {
    }
}

/// <summary>No answer came in the time that was set.</summary>
public class AskTimeoutException(string message) : AkkaException(message);

public class StashOverflowException(string message, Exception cause = null) : AkkaException(message, cause);
