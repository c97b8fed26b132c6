using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>Asks the seed nodes until one lets this node join, and tells the daemon, its parent, whom to join.</summary>
/// <remarks>
/// Only the first seed node may form a new cluster: when all others said that they are not in one either, or have not
/// answered within seed-node-timeout. The others ask for ever.
/// </remarks>
internal sealed class SeedNodeProcess : UntypedActor, IWithTimers
{
    private static readonly TimeSpan AskIntervalMax = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster;
    private readonly bool _isFirst;
    private ImmutableHashSet<Address> _others;

    public SeedNodeProcess(Cluster cluster, ImmutableList<Address> seedNodes)
    {
        _cluster = cluster;
        _isFirst = seedNodes[0] == cluster.SelfAddress;
        _others = seedNodes.ToImmutableHashSet().Remove(cluster.SelfAddress);
    }

    private enum Tick
    {
        Ask,
        TimedOut,
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(Cluster cluster, ImmutableList<Address> seedNodes) =>
        Akka.Actor.Props.Create(() => new SeedNodeProcess(cluster, seedNodes)).WithDispatcher(cluster.Settings.UseDispatcher);

    protected override void PreStart()
    {
        var timeout = _cluster.Settings.SeedNodeTimeout;
        var quarter = timeout / 4;
        Timers.StartPeriodicTimer(Tick.Ask, Tick.Ask, quarter < AskIntervalMax ? quarter : AskIntervalMax);
        Timers.StartSingleTimer(Tick.TimedOut, Tick.TimedOut, timeout);
        AskSeedNodes();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tick.Ask: AskSeedNodes(); break;
            case InitJoinAck ack: Finish(ack.Address); break;
            case InitJoinNack nack when _isFirst: CountOut(nack.Address); break;
            case Tick.TimedOut when _isFirst: Finish(_cluster.SelfAddress); break;
            case Tick.TimedOut: _cluster.LogInfo("No seed node lets this node join yet: [{0}]", string.Join(", ", _others)); break;
            case InitJoinNack: break;
            default: Unhandled(message); break;
        }
    }

    private void AskSeedNodes()
    {
        foreach (var seed in _others)
        {
            _cluster.System.Provider.ResolveActorRef(ClusterSupervisor.DaemonAt(seed)).Tell(new InitJoin(), Self);
        }
    }

    private void CountOut(Address seed)
    {
        _others = _others.Remove(seed);
        if (_others.IsEmpty)
        {
            Finish(_cluster.SelfAddress);
        }
    }

    private void Finish(Address joinWith)
    {
        Context.Parent.Tell(new ClusterCommand.JoinTo(joinWith));
        Context.Stop(Self);
    }
}
