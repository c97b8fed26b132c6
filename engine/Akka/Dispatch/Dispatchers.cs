using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Util;

namespace Akka.Dispatch;

public interface IDispatcherPrerequisites
{
    Mailboxes Mailboxes { get; }
}

internal sealed record DispatcherPrerequisites(Mailboxes Mailboxes) : IDispatcherPrerequisites;

/// <summary>Makes the dispatchers of one configuration section; a section's "type" may name a subclass.</summary>
public abstract class MessageDispatcherConfigurator
{
    protected MessageDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    {
        Config = config;
        Prerequisites = prerequisites;
    }

    public Config Config { get; }

    public IDispatcherPrerequisites Prerequisites { get; }

    public abstract MessageDispatcher Dispatcher();
}

/// <summary>Types Dispatcher, TaskDispatcher (shared pool), ForkJoinDispatcher (own threads) and PinnedDispatcher (a thread per actor).</summary>
public sealed class DispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly Lazy<MessageDispatcher> _shared;
    private readonly bool _isPinned;

    public DispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        _isPinned = config.GetString("type", "") == "PinnedDispatcher";
        _shared = new Lazy<MessageDispatcher>(Create);
    }

    public override MessageDispatcher Dispatcher() => _isPinned ? Create() : _shared.Value;

    private Dispatcher Create()
    {
        var id = Config.GetString("id", "");
        var throughput = Config.GetInt("throughput", MessageDispatcher.DefaultThroughput);
        var deadline = Config.GetTimeSpan("throughput-deadline-time", TimeSpan.Zero).Ticks;
        return _isPinned
            ? new PinnedDispatcher(this, throughput, deadline, () => new DedicatedThreadsExecutor(id, 1))
            : new Dispatcher(this, throughput, deadline, () => Executor(id));
    }

    private ExecutorService Executor(string id)
    {
        if (Config.GetString("type", "") == "ForkJoinDispatcher"
            || Config.GetString("executor", "") is "fork-join-executor" && Config.HasPath("dedicated-thread-pool"))
        {
            return new DedicatedThreadsExecutor(id, Config.GetInt("dedicated-thread-pool.thread-count", Environment.ProcessorCount));
        }

        return Config.GetString("executor", "") == "fork-join-executor"
            ? new DedicatedThreadsExecutor(id, ForkJoinThreads())
            : new ThreadPoolExecutor();
    }

    private int ForkJoinThreads() => Math.Clamp(
        (int)Math.Ceiling(Environment.ProcessorCount * Config.GetDouble("fork-join-executor.parallelism-factor", 1.0)),
        Config.GetInt("fork-join-executor.parallelism-min", 8),
        Config.GetInt("fork-join-executor.parallelism-max", 64));
}

/// <summary>The dispatchers of a system, by the path of their configuration.</summary>
public sealed class Dispatchers
{
    public const string DefaultDispatcherId = "akka.actor.default-dispatcher";

    private readonly ActorSystem _system;
    private readonly ConcurrentDictionary<string, MessageDispatcherConfigurator> _configurators = new();
    private readonly ConcurrentDictionary<MessageDispatcher, bool> _made = new();

    public Dispatchers(ActorSystem system, IDispatcherPrerequisites prerequisites, ILoggingAdapter logger)
    {
        _system = system;
        Prerequisites = prerequisites;
        DefaultGlobalDispatcher = Lookup(DefaultDispatcherId);
    }

    public IDispatcherPrerequisites Prerequisites { get; }

    public MessageDispatcher DefaultGlobalDispatcher { get; }

    /// <exception cref="ConfigurationException">There is no such section.</exception>
    public MessageDispatcher Lookup(string dispatcherName)
    {
        var dispatcher = Configurator(dispatcherName).Dispatcher();
        _made.TryAdd(dispatcher, true);
        return dispatcher;
    }

    internal void EndThreads()
    {
        foreach (var dispatcher in _made.Keys)
        {
            dispatcher.EndThreads();
        }
    }

    private MessageDispatcherConfigurator Configurator(string id) => _configurators.GetOrAdd(id, Create);

    private MessageDispatcherConfigurator Create(string id)
    {
        if (!_system.Settings.Config.HasPath(id))
        {
            throw new ConfigurationException($"Dispatcher [{id}] not configured for this system");
        }

        var config = ConfigOf(id);
        return config.GetString("type", "") switch
        {
            "Dispatcher" or "TaskDispatcher" or "ForkJoinDispatcher" or "PinnedDispatcher" =>
                new DispatcherConfigurator(config, Prerequisites),
            "" => throw new ConfigurationException($"Missing dispatcher \"type\" in [{id}]"),
            var type => TypeNames.Create<MessageDispatcherConfigurator>(type, id + ".type", config, Prerequisites),
        };
    }

    private Config ConfigOf(string id)
    {
        var all = _system.Settings.Config;
        return ConfigurationFactory.ParseString($"id = \"{id}\"")
            .WithFallback(all.GetConfig(id)).WithFallback(all.GetConfig(DefaultDispatcherId));
    }
}
