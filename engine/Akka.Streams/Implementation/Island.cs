using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>Work for a stage that comes from outside of its island: a timer, a callback, a signal of a boundary.</summary>
internal abstract class AsyncInput(GraphStageLogic stage)
{
    public GraphStageLogic Stage { get; } = stage;

    public abstract void Run();
}

internal sealed class AsyncCall<T>(GraphStageLogic stage, Action<T> handler, T argument) : AsyncInput(stage)
{
    public override void Run() => handler(argument);
}

/// <summary>The stages that run fused in one actor, and the queue of what others ask of them.</summary>
/// <remarks>
/// The actor's mailbox only ever holds one <see cref="Resume"/>; work of other threads waits in a queue of its own.
/// What is posted after the last stage has stopped is dropped.
/// </remarks>
internal sealed class Island
{
    // Then others get the thread.
    private const int InputsPerRunMax = 64;
    private readonly ConcurrentQueue<AsyncInput> _inputs = new();
    private readonly List<GraphStageLogic> _stages = [];
    private readonly GraphInterpreter _interpreter;
    private readonly int _eventsMax;
    private int _connectionCount;
    private IActorRef _actor = ActorRefs.Nobody;

    // One while a Resume is on its way or the island runs; so from the start until the actor is there.
    private int _awake = 1;
    private volatile bool _isStopped;

    public Island(ActorMaterializer materializer, Attributes attributes)
    {
        Materializer = materializer;
        Dispatcher = attributes.GetAttribute<ActorAttributes.Dispatcher>()?.Name ?? string.Empty;
        Log = materializer.Logger;
        _eventsMax = materializer.Settings.SyncProcessingLimit;
        _interpreter = new GraphInterpreter(this);
    }

    public ActorMaterializer Materializer { get; }

    public string Dispatcher { get; }

    public bool IsEmpty => _stages.Count == 0;

    public ILoggingAdapter Log { get; }

    public void Add(GraphStageLogic stage, Attributes attributes)
    {
        stage.Attach(this, _interpreter, attributes);
        _stages.Add(stage);
    }

    public void Connect(PortEnd<Outlet> from, PortEnd<Inlet> to)
    {
        var connection = from.Port.CreateConnection();
        connection.Exact = from.Port.ElementType == to.Port.ElementType;
        (connection.Out, connection.OutOwner) = (from.Port, from.Stage);
        (connection.In, connection.InOwner) = (to.Port, to.Stage);
        from.Stage.AttachOut(connection);
        to.Stage.AttachIn(connection);
        _connectionCount++;
    }

    /// <summary>Any thread may call.</summary>
    public void Post(AsyncInput input)
    {
        if (_isStopped)
        {
            return;
        }

        _inputs.Enqueue(input);
        Wake();
    }

    /// <returns>False when all stages are done.</returns>
    public bool Start(IActorRef actor)
    {
        _actor = actor;
        _interpreter.Reserve(_stages.Count, _connectionCount);
        _stages.ForEach(_interpreter.Start);
        return Run();
    }

    /// <returns>False when all stages are done.</returns>
    public bool Run()
    {
        for (var round = 0; round < InputsPerRunMax && _inputs.TryDequeue(out var input); round++)
        {
            _interpreter.Run(input);
            _interpreter.Execute(_eventsMax);
        }

        var isBusy = _interpreter.Execute(_eventsMax);
        if (_interpreter.IsCompleted)
        {
            _isStopped = true;
            return false;
        }

        if (isBusy)
        {
            // Others get the thread now and then.
            _actor.Tell(Resume.Instance, ActorRefs.NoSender);
            return true;
        }

        Volatile.Write(ref _awake, 0);
        Interlocked.MemoryBarrier();
        if (!_inputs.IsEmpty)
        {
            Wake();
        }

        return true;
    }

    /// <summary>Ends what still runs: boundaries hear of it first, then every stage is stopped.</summary>
    public void Abort(Exception cause)
    {
        _interpreter.Reserve(_stages.Count, _connectionCount);
        foreach (var boundary in _stages.OfType<IBoundary>())
        {
            _interpreter.Run((GraphStageLogic)boundary, _ => boundary.Abort(cause));
        }

        _interpreter.Execute(_eventsMax);
        _stages.ForEach(_interpreter.Stop);
        _isStopped = true;
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _awake, 1) == 0)
        {
            _actor.Tell(Resume.Instance, ActorRefs.NoSender);
        }
    }

    internal sealed class Resume : IDeadLetterSuppression, INoSerializationVerificationNeeded
    {
        public static readonly Resume Instance = new();
    }
}

/// <summary>Gives an island its thread, and its end when the parent actor or the system stops.</summary>
internal sealed class IslandActor(Island island) : UntypedActor
{
    private bool _isDone;

    protected override void PreStart() => StopUnless(island.Start(Self));

    protected override void OnReceive(object message)
    {
        if (message is Island.Resume)
        {
            if (!_isDone)
            {
                StopUnless(island.Run());
            }
        }
        else
        {
            Unhandled(message);
        }
    }

    protected override void PostStop()
    {
        if (!_isDone)
        {
            island.Abort(new AbruptTerminationException(Self));
        }
    }

    private void StopUnless(bool isRunning)
    {
        if (!isRunning)
        {
            _isDone = true;
            Context.Stop(Self);
        }
    }
}
