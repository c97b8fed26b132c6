using Akka.Actor.Internal;

namespace Akka.Actor;

/// <summary>Gives out references: makes actors, resolves paths, knows the addresses of the system.</summary>
public interface IActorRefProvider
{
    IInternalActorRef RootGuardian { get; }

    LocalActorRef Guardian { get; }

    LocalActorRef SystemGuardian { get; }

    IActorRef DeadLetters { get; }

    Settings Settings { get; }

    /// <summary>Ends when the root guardian has.</summary>
    Task TerminationTask { get; }

    /// <summary>Under which others reach this system; without a host when nobody can.</summary>
    Address DefaultAddress { get; }

    Serialization.Information SerializationInformation { get; }

    void Init(ActorSystemImpl system);

    IActorRef RootGuardianAt(Address address);

    void RegisterTempActor(IInternalActorRef actorRef, ActorPath path);

    void UnregisterTempActor(ActorPath path);

    FutureActorRef<T> CreateFutureRef<T>(TaskCompletionSource<T> tcs);

    /// <returns>Not yet started.</returns>
    IInternalActorRef ActorOf(
        ActorSystemImpl system,
        Props props,
        IInternalActorRef supervisor,
        ActorPath path,
        bool systemService,
        Deploy deploy,
        bool lookupDeploy,
        bool async);

    IActorRef ResolveActorRef(string path);

    IActorRef ResolveActorRef(ActorPath actorPath);
}
