using System.Collections.Concurrent;
using Akka;
using Akka.Actor;
using Akka.Configuration;

namespace Engine.Tests.Actor;

public class CoordinatedShutdownTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentQueue<string> _ran = new();

    [Fact]
    public async Task Phases_run_in_the_order_of_their_dependencies_and_end_the_system()
    {
        var system = Create();
        var shutdown = CoordinatedShutdown.Get(system);
        Add(shutdown, CoordinatedShutdown.PhaseClusterShutdown);
        Add(shutdown, CoordinatedShutdown.PhaseServiceStop);
        Add(shutdown, CoordinatedShutdown.PhaseBeforeServiceUnbind);
        Add(shutdown, CoordinatedShutdown.PhaseServiceUnbind);

        await shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Patience);

        Assert.Equal(["before-service-unbind", "service-unbind", "service-stop", "cluster-shutdown"], _ran);
        Assert.Same(CoordinatedShutdown.ClrExitReason.Instance, shutdown.ShutdownReason);
        await system.WhenTerminated.WaitAsync(Patience);
    }

    [Fact]
    public async Task It_runs_once_whoever_asks()
    {
        var system = Create();
        var shutdown = CoordinatedShutdown.Get(system);
        Add(shutdown, CoordinatedShutdown.PhaseServiceStop);

        await Task.WhenAll(
            shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance),
            shutdown.Run(CoordinatedShutdown.ClusterDowningReason.Instance),
            system.Terminate()).WaitAsync(Patience);

        Assert.Single(_ran);
        Assert.Same(CoordinatedShutdown.ClrExitReason.Instance, shutdown.ShutdownReason);
    }

    [Fact]
    public async Task Terminate_runs_the_phases()
    {
        var system = Create();
        Add(CoordinatedShutdown.Get(system), CoordinatedShutdown.PhaseServiceStop);

        await system.Terminate().WaitAsync(Patience);

        Assert.Equal(["service-stop"], _ran);
    }

    [Fact]
    public async Task A_phase_that_hangs_or_fails_does_not_keep_the_next_from_running()
    {
        var system = Create("akka.coordinated-shutdown.phases.service-unbind.timeout = 50 ms");
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "hangs", () => new TaskCompletionSource<Done>().Task);
        shutdown.AddTask(
            CoordinatedShutdown.PhaseServiceRequestsDone,
            "fails",
            () => Task.FromException<Done>(new InvalidOperationException("no")));
        Add(shutdown, CoordinatedShutdown.PhaseServiceStop);

        await shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Patience);

        Assert.Equal(["service-stop"], _ran);
    }

    [Fact]
    public async Task An_unknown_phase_is_refused_and_timeouts_are_the_configurations()
    {
        var system = Create();
        var shutdown = CoordinatedShutdown.Get(system);

        Assert.ThrowsAny<ConfigurationException>(() => Add(shutdown, "no-such-phase"));
        Assert.Equal(TimeSpan.FromSeconds(5), shutdown.Timeout(CoordinatedShutdown.PhaseServiceUnbind));
        Assert.Equal(TimeSpan.FromSeconds(10), shutdown.Timeout(CoordinatedShutdown.PhaseClusterExiting));
        await system.Terminate().WaitAsync(Patience);
    }

    private void Add(CoordinatedShutdown shutdown, string phase) => shutdown.AddTask(phase, "task", () =>
    {
        _ran.Enqueue(phase);
        return Task.FromResult(Done.Instance);
    });

    private static ActorSystem Create(string config = "") => ActorSystem.Create("shutdown", ConfigurationFactory.ParseString(
        config + "\nakka { loglevel = OFF, stdout-loglevel = OFF, coordinated-shutdown.run-by-clr-shutdown-hook = off }"));
}
