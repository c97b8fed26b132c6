namespace Akka.Remote;

/// <summary>Milliseconds that only grow; a test may give its own.</summary>
public delegate long Clock();

/// <summary>Judges one resource by the heartbeats that arrive from it.</summary>
public abstract class FailureDetector
{
    public static readonly Clock DefaultClock = () => Environment.TickCount64;

    /// <summary>False while the resource is suspected. A resource never heard of is available.</summary>
    public abstract bool IsAvailable { get; }

    /// <summary>Whether a heartbeat has ever arrived.</summary>
    public abstract bool IsMonitoring { get; }

    public abstract void HeartBeat();
}
