namespace Akka.Streams;

/// <summary>What a full buffer does with the next element.</summary>
public enum OverflowStrategy
{
    /// <summary>Drops the oldest.</summary>
    DropHead = 2,

    /// <summary>Drops the youngest.</summary>
    DropTail = 3,

    DropBuffer = 4,

    /// <summary>Drops the element that comes.</summary>
    DropNew = 5,

    Backpressure = 6,

    Fail = 7,
}

public enum ThrottleMode
{
    /// <summary>Delays what is too early.</summary>
    Shaping = 0,

    /// <summary>Fails when something is too early.</summary>
    Enforcing = 1,
}
