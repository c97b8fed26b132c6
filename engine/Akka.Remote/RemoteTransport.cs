using Akka.Actor;
using Akka.Event;

namespace Akka.Remote;

/// <summary>What the provider needs of a way to other systems.</summary>
public abstract class RemoteTransport
{
    protected RemoteTransport(ExtendedActorSystem system, RemoteActorRefProvider provider)
    {
        System = system;
        Provider = provider;
    }

    public ExtendedActorSystem System { get; }

    public RemoteActorRefProvider Provider { get; }

    public ILoggingAdapter Log { get; protected set; } = NoLogger.Instance;

    /// <summary>All addresses under which this system may be called; empty before <see cref="Start"/>.</summary>
    public abstract ISet<Address> Addresses { get; }

    /// <summary>Null before <see cref="Start"/>.</summary>
    public abstract Address DefaultAddress { get; }

    /// <exception cref="RemoteTransportException">The address cannot be bound.</exception>
    public abstract void Start();

    /// <summary>Sends what is queued within the time allowed, then closes.</summary>
    public abstract Task Shutdown();

    /// <summary>At most once, in order for each pair of sender and recipient.</summary>
    public abstract void Send(object message, IActorRef sender, RemoteActorRef recipient);

    public abstract Address LocalAddressForRemote(Address remote);

    /// <summary>Ends all traffic with one incarnation of a peer; with an unknown uid the address is only gated.</summary>
    public abstract void Quarantine(Address address, int? uid);
}

public class RemoteTransportException(string message, Exception? cause = null) : AkkaException(message, cause);
