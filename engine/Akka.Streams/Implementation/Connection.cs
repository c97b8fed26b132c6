using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>What is true of a connection between an outlet and an inlet.</summary>
[Flags]
internal enum PortState
{
    /// <summary>The inlet was pulled and its element has not come yet.</summary>
    Pulled = 1,

    /// <summary>A pull is on its way to the outlet.</summary>
    PullPending = 2,

    /// <summary>The outlet may push.</summary>
    CanPush = 4,

    /// <summary>An element is on its way to the inlet.</summary>
    PushPending = 8,

    /// <summary>An element has arrived and was not grabbed.</summary>
    HasElement = 16,

    InClosed = 32,

    OutClosed = 64,

    /// <summary>The connection waits in the event queue: never twice, so the queue cannot grow.</summary>
    Queued = 128,
}

/// <summary>The state between one outlet and one inlet inside an island.</summary>
internal abstract class Connection
{
    public PortState State;
    public Inlet In = null!;
    public Outlet Out = null!;
    public GraphStageLogic InOwner = null!;
    public GraphStageLogic OutOwner = null!;
    public IInHandler InHandler = null!;
    public IOutHandler OutHandler = null!;

    /// <summary>Both ports have the same element type: the slot can be read without a cast.</summary>
    public bool Exact;

    /// <summary>Why the outlet failed, or why the inlet cancelled; null for a normal completion.</summary>
    public Exception? Cause;

    public bool Has(PortState state) => (State & state) != 0;

    public abstract object? TakeBoxed();

    public abstract void Drop();
}

internal sealed class Connection<T> : Connection
{
    public T Slot = default!;

    public override object? TakeBoxed()
    {
        object? element = Slot;
        Slot = default!;
        return element;
    }

    public override void Drop() => Slot = default!;
}
