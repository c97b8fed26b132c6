using Akka.Actor;

namespace Akka.Remote;

/// <summary>A provider that also knows actors of other systems.</summary>
public interface IRemoteActorRefProvider : IActorRefProvider
{
    RemoteTransport Transport { get; }

    /// <summary>Ends all traffic with one incarnation of a peer; with an unknown uid the address is only gated.</summary>
    void Quarantine(Address address, int? uid);
}
