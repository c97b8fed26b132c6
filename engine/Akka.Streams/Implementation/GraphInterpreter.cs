using System.Numerics;
using Akka.Event;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>Runs the stages of one island: takes events one by one and calls the handlers.</summary>
/// <remarks>
/// Single-threaded. An event is a connection whose <see cref="PortState"/> says what is due; nothing is allocated per
/// element. The first push or pull of a handler is followed at once (it is warm in the cache), other events wait in
/// the queue; after <see cref="ChaseMax"/> such steps the queue gets its turn.
/// </remarks>
internal sealed class GraphInterpreter(Island island)
{
    private const int ChaseMax = 64;

    [ThreadStatic]
    private static GraphInterpreter? _current;

    private Connection[] _queue = [];
    private uint _head;
    private uint _tail;
    private Connection? _chased;
    private int _chasesLeft;
    private GraphStageLogic? _active;
    private int _running;

    /// <summary>The stage whose handler runs on this thread.</summary>
    public static GraphStageLogic ActiveStage => _current?._active
        ?? throw new InvalidOperationException("A handler was called outside of its stream");

    public bool IsCompleted => _running == 0;

    private bool HasEvents => _chased != null || _head != _tail;

    /// <summary>Makes room for as many events as there are connections; once.</summary>
    public void Reserve(int stageCount, int connectionCount)
    {
        if (_queue.Length == 0)
        {
            _queue = new Connection[BitOperations.RoundUpToPowerOf2((uint)connectionCount + 1)];
            _running = stageCount;
        }
    }

    public void Start(GraphStageLogic stage) => Run(stage, static stage => stage.Start());

    /// <summary>Runs due events, at most so many.</summary>
    /// <returns>True when some are left.</returns>
    public bool Execute(int eventsMax)
    {
        var outer = _current;
        _current = this;
        try
        {
            while (eventsMax > 0 && HasEvents)
            {
                eventsMax = ExecuteGuarded(eventsMax);
            }
        }
        finally
        {
            _current = outer;
        }

        return HasEvents;
    }

    /// <summary>Runs code of a stage that no port event started: start, timer, async callback.</summary>
    public void Run(AsyncInput input) => Run(input.Stage, _ => input.Run());

    /// <inheritdoc cref="Run(AsyncInput)"/>
    public void Run(GraphStageLogic stage, Action<GraphStageLogic> code)
    {
        if (stage.IsStopped)
        {
            return;
        }

        var outer = _current;
        _current = this;
        _active = stage;
        try
        {
            code(stage);
        }
        catch (Exception failure)
        {
            FailActive(failure);
        }
        finally
        {
            StopIfDone(stage);
            _current = outer;
        }
    }

    public void Stop(GraphStageLogic stage)
    {
        if (stage.IsStopped)
        {
            return;
        }

        stage.IsStopped = true;
        _running--;
        try
        {
            stage.Stop();
        }
        catch (Exception failure)
        {
            island.Log.Error(failure, "Error during PostStop in [{0}]", stage);
        }
    }

    public void Pull(Connection connection)
    {
        connection.State |= PortState.Pulled;
        connection.State &= ~PortState.HasElement;
        if (!connection.Has(PortState.OutClosed))
        {
            connection.State |= PortState.PullPending;
            Chase(connection);
        }
    }

    public void Push(Connection connection)
    {
        connection.State |= PortState.PushPending;
        Chase(connection);
    }

    public void Complete(Connection connection, Exception? failure)
    {
        if (connection.Has(PortState.OutClosed))
        {
            return;
        }

        connection.State |= PortState.OutClosed;
        if (!connection.Has(PortState.InClosed))
        {
            connection.Cause = failure;
            Enqueue(connection);
        }

        connection.OutOwner.OpenPorts--;
    }

    public void Cancel(Connection connection, Exception cause)
    {
        if (connection.Has(PortState.InClosed))
        {
            return;
        }

        connection.State |= PortState.InClosed;
        connection.State &= ~PortState.HasElement;
        connection.Drop();
        if (!connection.Has(PortState.OutClosed))
        {
            connection.Cause = cause;
            Enqueue(connection);
        }

        connection.InOwner.OpenPorts--;
    }

    private int ExecuteGuarded(int eventsMax)
    {
        try
        {
            while (eventsMax > 0 && Next() is { } connection)
            {
                eventsMax--;
                Process(connection);
                StopIfDone(_active!);
            }
        }
        catch (Exception failure)
        {
            FailActive(failure);
            StopIfDone(_active!);
        }

        return eventsMax;
    }

    private Connection? Next()
    {
        var next = _chased;
        if (next != null)
        {
            _chased = null;
        }
        else if (_head != _tail)
        {
            _chasesLeft = ChaseMax;
            next = _queue[_head & (uint)(_queue.Length - 1)];
            unchecked
            {
                _head++;
            }
        }

        return next;
    }

    private void Process(Connection connection)
    {
        var state = connection.State &= ~PortState.Queued;
        const PortState closed = PortState.InClosed | PortState.OutClosed;
        if ((state & (PortState.PushPending | PortState.InClosed)) == PortState.PushPending)
        {
            connection.State = (state & ~(PortState.PushPending | PortState.Pulled)) | PortState.HasElement;
            if ((state & PortState.OutClosed) != 0)
            {
                // The last element comes before the end.
                Enqueue(connection);
            }

            _active = connection.InOwner;
            connection.InHandler.OnPush();
        }
        else if ((state & (PortState.PullPending | closed)) == PortState.PullPending)
        {
            connection.State = (state & ~PortState.PullPending) | PortState.CanPush;
            _active = connection.OutOwner;
            connection.OutHandler.OnPull();
        }
        else if ((state & closed) == PortState.InClosed)
        {
            connection.State |= PortState.OutClosed;
            _active = connection.OutOwner;
            _active.OpenPorts--;
            connection.OutHandler.OnDownstreamFinish(connection.Cause!);
        }
        else if ((state & closed) == PortState.OutClosed)
        {
            connection.State |= PortState.InClosed;
            _active = connection.InOwner;
            _active.OpenPorts--;
            End(connection);
        }
    }

    private static void End(Connection connection)
    {
        if (connection.Cause == null)
        {
            connection.InHandler.OnUpstreamFinish();
        }
        else
        {
            connection.InHandler.OnUpstreamFailure(connection.Cause);
        }
    }

    private void Chase(Connection connection)
    {
        if (_chased != null || _chasesLeft == 0 || connection.Has(PortState.Queued))
        {
            Enqueue(connection);
            return;
        }

        _chasesLeft--;
        connection.State |= PortState.Queued;
        _chased = connection;
    }

    private void Enqueue(Connection connection)
    {
        if (connection.Has(PortState.Queued))
        {
            return;
        }

        connection.State |= PortState.Queued;
        _queue[_tail & (uint)(_queue.Length - 1)] = connection;
        unchecked
        {
            _tail++;
        }
    }

    private void FailActive(Exception failure)
    {
        island.Log.Error(failure, "Error in stage [{0}]: {1}", _active, failure.Message);
        _active!.FailStage(failure);
    }

    private void StopIfDone(GraphStageLogic stage)
    {
        if (stage.OpenPorts == 0 && !stage.KeepsGoing)
        {
            Stop(stage);
        }
    }
}
