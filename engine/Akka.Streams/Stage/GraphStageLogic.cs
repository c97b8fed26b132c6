using System.Runtime.CompilerServices;
using Akka.Streams.Implementation;

namespace Akka.Streams.Stage;

/// <summary>What a stage does in one run: its handlers and all of its mutable state.</summary>
/// <remarks>
/// Only its island calls it, one call at a time. Other threads come in through <see cref="GetAsyncCallback{T}"/>.
/// The stage ends when all its ports are closed and nothing keeps it going.
/// </remarks>
public abstract class GraphStageLogic
{
    private readonly IInHandler?[] _inHandlers;
    private readonly IOutHandler?[] _outHandlers;
    private readonly Connection[] _ins;
    private readonly Connection[] _outs;
    private GraphInterpreter? _interpreter;
    private Island? _island;
    private bool _isKeptGoing;

    protected GraphStageLogic(int inCount, int outCount)
    {
        (_inHandlers, _outHandlers) = (new IInHandler[inCount], new IOutHandler[outCount]);
        (_ins, _outs) = (new Connection[inCount], new Connection[outCount]);
        OpenPorts = inCount + outCount;
    }

    protected GraphStageLogic(Shape shape)
        : this(shape.Inlets.Length, shape.Outlets.Length)
    {
    }

    /// <summary>True for a stage that lives on without ports, until it completes itself.</summary>
    public virtual bool KeepGoingAfterAllPortsClosed => false;

    internal int OpenPorts { get; set; }

    internal bool IsStopped { get; set; }

    internal bool KeepsGoing => _isKeptGoing;

    /// <summary>The attributes of this run, in effect where the stage stands.</summary>
    internal Attributes EffectiveAttributes { get; private set; } = Attributes.None;

    protected IMaterializer Materializer => RunningIsland.Materializer;

    private protected Island RunningIsland => _island
        ?? throw new InvalidOperationException("Not yet initialized: only SetHandler is allowed in the constructor");

    private GraphInterpreter Interpreter => _interpreter
        ?? throw new InvalidOperationException("Not yet initialized: only SetHandler is allowed in the constructor");

    public virtual void PreStart()
    {
    }

    public virtual void PostStop()
    {
    }

    /// <summary>Cancels every inlet and completes every outlet.</summary>
    public void CompleteStage() => EndStage(SubscriptionWithCancelException.StageWasCompleted.Instance, null);

    public void FailStage(Exception reason) => EndStage(reason, reason);

    public void CancelStage(Exception cause) =>
        EndStage(cause, cause is SubscriptionWithCancelException.NonFailureCancellation ? null : cause);

    internal void Attach(Island island, GraphInterpreter interpreter, Attributes attributes)
    {
        if (_island != null)
        {
            throw new InvalidOperationException($"The logic of [{this}] was used before: a stage must make a new one");
        }

        (_island, _interpreter, EffectiveAttributes) = (island, interpreter, attributes);
        _isKeptGoing = KeepGoingAfterAllPortsClosed;
    }

    internal void AttachIn(Connection connection)
    {
        _ins[connection.In.Id] = connection;
        connection.InHandler = _inHandlers[connection.In.Id]
            ?? throw new InvalidOperationException($"No handler defined in stage [{this}] for port [{connection.In}]");
    }

    internal void AttachOut(Connection connection)
    {
        _outs[connection.Out.Id] = connection;
        connection.OutHandler = _outHandlers[connection.Out.Id]
            ?? throw new InvalidOperationException($"No handler defined in stage [{this}] for port [{connection.Out}]");
    }

    internal void Start()
    {
        BeforePreStart();
        PreStart();
    }

    internal void Stop()
    {
        try
        {
            PostStop();
        }
        finally
        {
            AfterPostStop();
        }
    }

    protected virtual void BeforePreStart()
    {
    }

    protected virtual void AfterPostStop()
    {
    }

    protected void SetHandler<T>(Inlet<T> inlet, IInHandler handler)
    {
        _inHandlers[inlet.Id] = handler;
        if (_ins[inlet.Id] is { } connection)
        {
            connection.InHandler = handler;
        }
    }

    protected void SetHandler<T>(
        Inlet<T> inlet, Action onPush, Action? onUpstreamFinish = null, Action<Exception>? onUpstreamFailure = null) =>
        SetHandler(inlet, new LambdaInHandler(onPush, onUpstreamFinish, onUpstreamFailure));

    protected internal void SetHandler<T>(Outlet<T> outlet, IOutHandler handler)
    {
        _outHandlers[outlet.Id] = handler;
        if (_outs[outlet.Id] is { } connection)
        {
            connection.OutHandler = handler;
        }
    }

    protected void SetHandler<T>(Outlet<T> outlet, Action onPull, Action<Exception>? onDownstreamFinish = null) =>
        SetHandler(outlet, new LambdaOutHandler(onPull, onDownstreamFinish));

    protected void SetHandlers<TIn, TOut>(Inlet<TIn> inlet, Outlet<TOut> outlet, InAndOutGraphStageLogic handler)
    {
        SetHandler(inlet, handler);
        SetHandler(outlet, handler);
    }

    protected bool IsAvailable<T>(Inlet<T> inlet) => Find(inlet).Has(PortState.HasElement);

    protected bool IsClosed<T>(Inlet<T> inlet) => Find(inlet).Has(PortState.InClosed);

    protected bool HasBeenPulled<T>(Inlet<T> inlet) =>
        (Find(inlet).State & (PortState.Pulled | PortState.InClosed)) == PortState.Pulled;

    protected bool IsAvailable<T>(Outlet<T> outlet) =>
        (Find(outlet).State & (PortState.CanPush | PortState.OutClosed)) == PortState.CanPush;

    protected bool IsClosed<T>(Outlet<T> outlet) => Find(outlet).Has(PortState.OutClosed);

    /// <summary>Asks for one element; an element that was not grabbed is dropped.</summary>
    protected void Pull<T>(Inlet<T> inlet)
    {
        var connection = Find(inlet);
        if (connection.Has(PortState.Pulled | PortState.InClosed))
        {
            throw new ArgumentException(
                connection.Has(PortState.InClosed) ? $"Cannot pull closed port {inlet}" : $"Cannot pull port twice {inlet}");
        }

        Interpreter.Pull(connection);
    }

    protected void TryPull<T>(Inlet<T> inlet)
    {
        if (!IsClosed(inlet))
        {
            Pull(inlet);
        }
    }

    protected T Grab<T>(Inlet<T> inlet)
    {
        var connection = Find(inlet);
        if (!connection.Has(PortState.HasElement))
        {
            throw new ArgumentException($"Cannot get element from already empty input port ({inlet})");
        }

        connection.State &= ~PortState.HasElement;
        if (!connection.Exact)
        {
            return (T)connection.TakeBoxed()!;
        }

        // Exact says that the outlet, which made the connection, has the element type of this inlet.
        ref var slot = ref Unsafe.As<Connection<T>>(connection).Slot;
        var element = slot;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            slot = default!;
        }

        return element;
    }

    protected internal void Push<T>(Outlet<T> outlet, T element)
    {
        var connection = Find(outlet);
        if (element is null)
        {
            throw new ArgumentNullException(nameof(element), "Element must not be null, rule 2.13");
        }

        if (!connection.Has(PortState.CanPush) || connection.Has(PortState.OutClosed))
        {
            throw new ArgumentException(
                connection.Has(PortState.OutClosed) ? $"Cannot push closed port {outlet}" : $"Cannot push port twice {outlet}");
        }

        connection.State &= ~PortState.CanPush;
        if (!connection.Has(PortState.InClosed))
        {
            // The connection was made by this very outlet (Find compares them), so it has its type.
            Unsafe.As<Connection<T>>(connection).Slot = element;
            Interpreter.Push(connection);
        }
    }

    protected void Complete<T>(Outlet<T> outlet) => Interpreter.Complete(Find(outlet), null);

    protected void Fail<T>(Outlet<T> outlet, Exception reason) => Interpreter.Complete(Find(outlet), reason);

    protected void Cancel<T>(Inlet<T> inlet) =>
        Cancel(inlet, SubscriptionWithCancelException.NoMoreElementsNeeded.Instance);

    protected void Cancel<T>(Inlet<T> inlet, Exception cause) => Interpreter.Cancel(Find(inlet), cause);

    /// <summary>Keeps the stage after its last port has closed, until this is undone or the stage completed.</summary>
    protected void SetKeepGoing(bool enabled) => _isKeptGoing = enabled;

    /// <summary>A way in for other threads: the handler runs in the island, unless the stage has stopped by then.</summary>
    protected Action<T> GetAsyncCallback<T>(Action<T> handler) =>
        argument => RunningIsland.Post(new AsyncCall<T>(this, handler, argument));

    /// <inheritdoc cref="GetAsyncCallback{T}"/>
    protected Action GetAsyncCallback(Action handler) =>
        () => RunningIsland.Post(new AsyncCall<Action>(this, static run => run(), handler));

    private void EndStage(Exception cancelCause, Exception? failure)
    {
        foreach (var connection in _ins)
        {
            Interpreter.Cancel(connection, cancelCause);
        }

        foreach (var connection in _outs)
        {
            Interpreter.Complete(connection, failure);
        }

        SetKeepGoing(false);
    }

    private Connection Find(Inlet inlet)
    {
        var connections = _ins;
        var id = inlet.Id;
        return (uint)id < (uint)connections.Length && connections[id] is { } connection && connection.In == inlet
            ? connection
            : throw Unknown(inlet);
    }

    private Connection Find(Outlet outlet)
    {
        var connections = _outs;
        var id = outlet.Id;
        return (uint)id < (uint)connections.Length && connections[id] is { } connection && connection.Out == outlet
            ? connection
            : throw Unknown(outlet);
    }

    private InvalidOperationException Unknown(object port) => new(_island == null
        ? "Not yet initialized: only SetHandler is allowed in the constructor"
        : $"Port {port} does not belong to [{this}]");

    protected sealed class LambdaInHandler(
        Action onPush, Action? onUpstreamFinish = null, Action<Exception>? onUpstreamFailure = null) : InHandler
    {
        public override void OnPush() => onPush();

        public override void OnUpstreamFinish() => (onUpstreamFinish ?? base.OnUpstreamFinish)();

        public override void OnUpstreamFailure(Exception e) => (onUpstreamFailure ?? base.OnUpstreamFailure)(e);
    }

    protected sealed class LambdaOutHandler(Action onPull, Action<Exception>? onDownstreamFinish = null) : OutHandler
    {
        public override void OnPull() => onPull();

        public override void OnDownstreamFinish(Exception cause) =>
            (onDownstreamFinish ?? base.OnDownstreamFinish)(cause);
    }
}
