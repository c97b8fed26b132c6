namespace Akka.Actor;

/// <summary>The base of the engine's own exceptions.</summary>
public abstract class AkkaException : Exception
{
    protected AkkaException(string message, Exception cause = null) : base(message, cause)
    {
    }
}
