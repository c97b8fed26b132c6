using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Ends a system in phases: those of one phase run side by side, a phase begins when those it depends on have ended.</summary>
/// <remarks>
/// A phase that takes longer than its timeout, or fails, is logged and passed (or, with recover = off, ends the sequence).
/// Phases are the configuration's; the last one stops the actors. Runs once.
/// </remarks>
public sealed class CoordinatedShutdown : IExtension
{
    public const string PhaseBeforeServiceUnbind = "before-service-unbind";
    public const string PhaseServiceUnbind = "service-unbind";
    public const string PhaseServiceRequestsDone = "service-requests-done";
    public const string PhaseServiceStop = "service-stop";
    public const string PhaseBeforeClusterShutdown = "before-cluster-shutdown";
    public const string PhaseClusterShardingShutdownRegion = "cluster-sharding-shutdown-region";
    public const string PhaseClusterLeave = "cluster-leave";
    public const string PhaseClusterExiting = "cluster-exiting";
    public const string PhaseClusterExitingDone = "cluster-exiting-done";
    public const string PhaseClusterShutdown = "cluster-shutdown";
    public const string PhaseBeforeActorSystemTerminate = "before-actor-system-terminate";
    public const string PhaseActorSystemTerminate = "actor-system-terminate";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Phase> _phases;
    private readonly List<string> _order;
    private readonly Dictionary<string, List<(string Name, Func<Task<Done>> Task)>> _tasks = [];
    private Task<Done> _run;

    internal CoordinatedShutdown(ExtendedActorSystem system)
    {
        System = system;
        _phases = ReadPhases(system.Settings.Config.GetConfig("akka.coordinated-shutdown"));
        _order = Sorted(_phases);
    }

    public ExtendedActorSystem System { get; }

    /// <summary>Null until it runs.</summary>
    public Reason ShutdownReason { get; private set; }

    public TimeSpan TotalTimeout
    {
        get
        {
            lock (_lock)
            {
                return _tasks.Keys.Aggregate(TimeSpan.Zero, (sum, phase) => sum + Timeout(phase));
            }
        }
    }

    public static CoordinatedShutdown Get(ActorSystem sys) =>
        sys.WithExtension<CoordinatedShutdown, CoordinatedShutdownExtension>();

    /// <summary>Adds a task to a phase that has not begun.</summary>
    /// <exception cref="ConfigurationException">There is no such phase.</exception>
    public void AddTask(string phase, string taskName, Func<Task<Done>> task)
    {
        if (!_phases.ContainsKey(phase))
        {
            throw new ConfigurationException(
                $"Unknown phase [{phase}], known phases [{string.Join(',', _phases.Keys)}]. All phases (along with their "
                + "optional dependencies) must be defined in configuration.");
        }

        lock (_lock)
        {
            if (!_tasks.TryGetValue(phase, out var tasks))
            {
                _tasks[phase] = tasks = [];
            }

            tasks.Add((taskName, task));
        }
    }

    public TimeSpan Timeout(string phase) => _phases.TryGetValue(phase, out var found)
        ? found.Timeout
        : throw new ArgumentException($"Unknown phase [{phase}]. All phases must be defined in configuration.", nameof(phase));

    /// <param name="fromPhase">Earlier phases are left out.</param>
    /// <returns>The one run, also when it has begun before.</returns>
    public Task<Done> Run(Reason reason, string fromPhase = null)
    {
        lock (_lock)
        {
            if (_run is null)
            {
                ShutdownReason = reason;
                // Not in the caller's thread: it may be an actor that the phases wait for.
                _run = Task.Run(() => RunPhases(fromPhase is null ? _order : _order.SkipWhile(one => one != fromPhase)));
            }

            return _run;
        }
    }

    private async Task<Done> RunPhases(IEnumerable<string> phases)
    {
        foreach (var phase in phases)
        {
            (string Name, Func<Task<Done>> Task)[] tasks;
            lock (_lock)
            {
                tasks = _tasks.TryGetValue(phase, out var added) ? [.. added] : [];
            }

            if (tasks.Length > 0)
            {
                await RunPhase(phase, tasks).ConfigureAwait(false);
            }
        }

        return Done.Instance;
    }

    private async Task RunPhase(string phase, (string Name, Func<Task<Done>> Task)[] tasks)
    {
        var running = tasks.Select(task => (task.Name, Task: RunTask(phase, task.Name, task.Task))).ToArray();
        try
        {
            await Task.WhenAll(running.Select(task => task.Task)).WaitAsync(_phases[phase].Timeout).ConfigureAwait(false);
        }
        catch (TimeoutException) when (_phases[phase].Recover)
        {
            System.Log.Warning(
                "Coordinated shutdown phase [{0}] timed out after {1}, still running: {2}",
                phase,
                _phases[phase].Timeout,
                string.Join(',', running.Where(task => !task.Task.IsCompleted).Select(task => task.Name)));
        }
    }

    private async Task RunTask(string phase, string name, Func<Task<Done>> task)
    {
        try
        {
            await task().ConfigureAwait(false);
        }
        catch (Exception exception) when (_phases[phase].Recover)
        {
            System.Log.Warning("Task [{0}] failed in phase [{1}]: {2}", name, phase, exception.Message);
        }
    }

    private static Dictionary<string, Phase> ReadPhases(Config config)
    {
        var defaultTimeout = config.GetTimeSpan("default-phase-timeout");
        var all = config.GetConfig("phases");
        return all.AsEnumerable().ToDictionary(entry => entry.Key, entry =>
        {
            var phase = all.GetConfig(entry.Key);
            return phase.IsNullOrEmpty()
                ? new Phase([], defaultTimeout, true)
                : new Phase(
                    phase.GetStringList("depends-on"),
                    phase.GetTimeSpan("timeout", defaultTimeout),
                    phase.GetBoolean("recover", true));
        });
    }

    /// <summary>Every phase after those it depends on.</summary>
    private static List<string> Sorted(Dictionary<string, Phase> phases)
    {
        var order = new List<string>();
        var open = new HashSet<string>();
        foreach (var phase in phases.Keys)
        {
            Visit(phase);
        }

        return order;

        void Visit(string phase)
        {
            if (order.Contains(phase))
            {
                return;
            }

            if (!open.Add(phase))
            {
                throw new ArgumentException($"Cycle detected in graph of phases. It must be a DAG. phase [{phase}] depends transitively on itself.");
            }

            foreach (var dependency in phases.TryGetValue(phase, out var found) ? found.DependsOn : [])
            {
                Visit(dependency);
            }

            order.Add(phase);
        }
    }

    private sealed record Phase(IList<string> DependsOn, TimeSpan Timeout, bool Recover);

    /// <summary>Why the system ends.</summary>
    public class Reason
    {
    }

    public class ActorSystemTerminateReason : Reason
    {
        public static readonly Reason Instance = new ActorSystemTerminateReason();

        private ActorSystemTerminateReason()
        {
        }
    }

    /// <summary>The process ends.</summary>
    public class ClrExitReason : Reason
    {
        public static readonly Reason Instance = new ClrExitReason();

        private ClrExitReason()
        {
        }
    }

    public class ClusterDowningReason : Reason
    {
        public static readonly Reason Instance = new ClusterDowningReason();

        private ClusterDowningReason()
        {
        }
    }

    public class ClusterLeavingReason : Reason
    {
        public static readonly Reason Instance = new ClusterLeavingReason();

        private ClusterLeavingReason()
        {
        }
    }

    public class ClusterJoinUnsuccessfulReason : Reason
    {
        public static readonly Reason Instance = new ClusterJoinUnsuccessfulReason();

        private ClusterJoinUnsuccessfulReason()
        {
        }
    }
}

/// <summary>Adds the last phase's task, and the hook on the end of the process when the configuration wants it.</summary>
public sealed class CoordinatedShutdownExtension : ExtensionIdProvider<CoordinatedShutdown>
{
    public override CoordinatedShutdown CreateExtension(ExtendedActorSystem system)
    {
        var shutdown = new CoordinatedShutdown(system);
        var config = system.Settings.Config.GetConfig("akka.coordinated-shutdown");
        if (config.GetBoolean("terminate-actor-system"))
        {
            shutdown.AddTask(CoordinatedShutdown.PhaseActorSystemTerminate, "terminate-system", async () =>
            {
                await ((Internal.ActorSystemImpl)system).FinalTerminate().ConfigureAwait(false);
                return Done.Instance;
            });
        }

        if (config.GetBoolean("run-by-clr-shutdown-hook"))
        {
            RunAtExit(system, shutdown);
        }

        return shutdown;
    }

    private static void RunAtExit(ExtendedActorSystem system, CoordinatedShutdown shutdown)
    {
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        system.RegisterOnTermination(() => AppDomain.CurrentDomain.ProcessExit -= OnExit);

        void OnExit(object sender, EventArgs arguments)
        {
            // The runtime waits for this method, so it has to wait itself.
#pragma warning disable VSTHRD002
            shutdown.Run(CoordinatedShutdown.ClrExitReason.Instance).Wait(shutdown.TotalTimeout);
#pragma warning restore VSTHRD002
        }
    }
}
