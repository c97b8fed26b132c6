namespace Akka.Streams.Supervision;

/// <summary>What a stage does when the user's function throws.</summary>
public enum Directive
{
    /// <summary>The stream fails with the exception.</summary>
    Stop,

    /// <summary>The element is dropped, the stage goes on with its state.</summary>
    Resume,

    /// <summary>The element is dropped, the stage goes on with its first state.</summary>
    Restart,
}

public delegate Directive Decider(Exception cause);

public static class Deciders
{
    public static readonly Decider StoppingDecider = _ => Directive.Stop;
    public static readonly Decider ResumingDecider = _ => Directive.Resume;
}
