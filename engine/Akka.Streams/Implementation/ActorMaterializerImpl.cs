using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Streams.Implementation;

internal sealed class ActorMaterializerImpl : ActorMaterializer
{
    private static long _supervisorCount;
    private readonly string _namePrefix;
    private readonly Nursery _nursery;
    private readonly Attributes _defaults;

    public ActorMaterializerImpl(
        ActorSystem system, IActorRefFactory context, ActorMaterializerSettings settings, string namePrefix)
    {
        System = system;
        Settings = settings;
        Logger = Logging.GetLogger(system, typeof(ActorMaterializerImpl));
        _namePrefix = namePrefix;
        _nursery = new Nursery();
        _defaults = Defaults(settings);
        Supervisor = context.ActorOf(
            Props.Create(() => new StreamSupervisor(_nursery)),
            $"StreamSupervisor-{Interlocked.Increment(ref _supervisorCount) - 1}");
    }

    private ActorMaterializerImpl(ActorMaterializerImpl other, string namePrefix)
    {
        (System, Settings, Logger, Supervisor) = (other.System, other.Settings, other.Logger, other.Supervisor);
        (_nursery, _defaults, _namePrefix) = (other._nursery, other._defaults, namePrefix);
    }

    public override ActorMaterializerSettings Settings { get; }

    public ActorSystem System { get; }

    public override ILoggingAdapter Logger { get; }

    public IActorRef Supervisor { get; }

    public static string DispatcherOf(string name) => name.Length == 0 ? Dispatchers.DefaultDispatcherId : name;

    public override TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable) => Materialize(runnable, Attributes.None);

    public override TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable, Attributes initialAttributes)
    {
        var (islands, value) = Materialization.Of(this, runnable, _defaults.And(initialAttributes));
        _nursery.Add(islands);
        Supervisor.Tell(new StreamSupervisor.Start(islands, _namePrefix), ActorRefs.NoSender);
        return value;
    }

    public override IMaterializer WithNamePrefix(string namePrefix) =>
        namePrefix == _namePrefix ? this : new ActorMaterializerImpl(this, namePrefix);

    public override ICancelable ScheduleOnce(TimeSpan delay, Action action) =>
        System.Scheduler.Advanced.ScheduleOnceCancelable(delay, action);

    public override ICancelable ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action) =>
        System.Scheduler.Advanced.ScheduleRepeatedlyCancelable(initialDelay, interval, action);

    public override void Shutdown() => Supervisor.Tell(PoisonPill.Instance, ActorRefs.NoSender);

    private static Attributes Defaults(ActorMaterializerSettings settings) => new(
        new Attributes.InputBuffer(settings.InitialInputBufferSize, settings.MaxInputBufferSize),
        new ActorAttributes.Dispatcher(settings.Dispatcher),
        new ActorAttributes.SupervisionStrategy(settings.SupervisionDecider));
}

/// <summary>Islands that no actor runs yet; so that none is forgotten when the supervisor stops first.</summary>
internal sealed class Nursery
{
    private readonly Lock _gate = new();
    private readonly HashSet<Island> _islands = [];
    private volatile bool _isClosed;

    public void Add(IReadOnlyList<Island> islands)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                throw new Pattern.IllegalStateException(
                    "Trying to materialize stream after materializer has been shutdown");
            }

            _islands.UnionWith(islands);
        }
    }

    public void Remove(IReadOnlyList<Island> islands)
    {
        lock (_gate)
        {
            _islands.ExceptWith(islands);
        }
    }

    /// <returns>The islands that nobody will start.</returns>
    public Island[] Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            return [.. _islands];
        }
    }
}

/// <summary>The parent of the actors that run islands.</summary>
internal sealed class StreamSupervisor(Nursery nursery) : UntypedActor
{
    private readonly Nursery _nursery = nursery;
    private long _flowCount;

    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void OnReceive(object message)
    {
        if (message is Start start)
        {
            RunIslands(start);
        }
        else
        {
            Unhandled(message);
        }
    }

    protected override void PostStop()
    {
        foreach (var island in _nursery.Close())
        {
            island.Abort(new AbruptTerminationException(Self));
        }
    }

    private void RunIslands(Start start)
    {
        _nursery.Remove(start.Islands);
        var flow = _flowCount++;
        for (var i = 0; i < start.Islands.Count; i++)
        {
            RunIsland(start.Islands[i], $"{start.NamePrefix}-{flow}-{i}");
        }
    }

    private static void RunIsland(Island island, string name)
    {
        try
        {
            var dispatcher = ActorMaterializerImpl.DispatcherOf(island.Dispatcher);
            Context.ActorOf(Props.Create(() => new IslandActor(island)).WithDispatcher(dispatcher), name);
        }
        catch (ConfigurationException failure)
        {
            // No such dispatcher: whoever waits for the stream hears of it.
            island.Abort(failure);
        }
    }

    /// <summary>Materializer to supervisor: no answer.</summary>
    internal sealed record Start(IReadOnlyList<Island> Islands, string NamePrefix) : INoSerializationVerificationNeeded;
}
