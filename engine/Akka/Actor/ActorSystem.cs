using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>A tree of actors with its threads, scheduler, log and settings. Several live in one process.</summary>
public abstract class ActorSystem : IActorRefFactory, IDisposable
{
    public abstract Settings Settings { get; }

    public abstract string Name { get; }

    public abstract Serialization.Serialization Serialization { get; }

    public abstract EventStream EventStream { get; }

    public abstract IActorRef DeadLetters { get; }

    public abstract Dispatchers Dispatchers { get; }

    public abstract Mailboxes Mailboxes { get; }

    public abstract IScheduler Scheduler { get; }

    public abstract ILoggingAdapter Log { get; }

    /// <summary>Ends when every actor has stopped and the scheduler has ended.</summary>
    public abstract Task WhenTerminated { get; }

    public static ActorSystem Create(string name, Config config) =>
        Create(name, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config)));

    public static ActorSystem Create(string name, ActorSystemSetup setup)
    {
        var config = setup.Get<BootstrapSetup>().FlatSelect(bootstrap => bootstrap.Config)
            .GetOrElse(ConfigurationFactory.Empty);
        var system = new ActorSystemImpl(name, config, setup);
        system.Start();
        return system;
    }

    public static ActorSystem Create(string name) => Create(name, ActorSystemSetup.Empty);

    public abstract object RegisterExtension(IExtensionId extension);

    public abstract bool TryGetExtension(Type extensionType, out object extension);

    public abstract bool TryGetExtension<T>(out T extension) where T : class, IExtension;

    public abstract void RegisterOnTermination(Action code);

    /// <summary>Runs the coordinated shutdown, when it is configured so, and stops all actors.</summary>
    public abstract Task Terminate();

    public abstract void Stop(IActorRef actor);

    public abstract IActorRef ActorOf(Props props, string name = null);

    public abstract ActorSelection ActorSelection(ActorPath actorPath);

    public abstract ActorSelection ActorSelection(string actorPath);

    /// <summary>Begins the end; it does not wait for it.</summary>
    public void Dispose()
    {
        _ = Terminate();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The system as extensions see it.</summary>
public abstract class ExtendedActorSystem : ActorSystem
{
    public abstract IActorRefProvider Provider { get; }

    /// <summary>An actor below /system: it ends after those of users.</summary>
    public abstract IActorRef SystemActorOf(Props props, string name = null);

    public abstract IActorRef SystemActorOf<TActor>(string name = null) where TActor : ActorBase, new();
}
