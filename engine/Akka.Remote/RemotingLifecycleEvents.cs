using Akka.Actor;
using Akka.Event;

namespace Akka.Remote;

/// <summary>What happens to the remoting as a whole or to one association; on the EventStream.</summary>
public abstract class RemotingLifecycleEvent
{
    /// <summary>At which level it is also logged.</summary>
    public abstract LogLevel LogLevel();
}

public abstract class AssociationEvent : RemotingLifecycleEvent
{
    protected string EventName = "";

    public abstract Address LocalAddress { get; protected set; }

    public abstract Address RemoteAddress { get; protected set; }

    public abstract bool IsInbound { get; protected set; }

    public override string ToString() => $"{EventName} [{LocalAddress}] {(IsInbound ? "<-" : "->")} [{RemoteAddress}]";
}

public sealed class AssociatedEvent : AssociationEvent
{
    public AssociatedEvent(Address localAddress, Address remoteAddress, bool inbound) =>
        (LocalAddress, RemoteAddress, IsInbound, EventName) = (localAddress, remoteAddress, inbound, "Associated");

    public override Address LocalAddress { get; protected set; }

    public override Address RemoteAddress { get; protected set; }

    public override bool IsInbound { get; protected set; }

    public override LogLevel LogLevel() => Event.LogLevel.DebugLevel;
}

public sealed class DisassociatedEvent : AssociationEvent
{
    public DisassociatedEvent(Address localAddress, Address remoteAddress, bool inbound) =>
        (LocalAddress, RemoteAddress, IsInbound, EventName) = (localAddress, remoteAddress, inbound, "Disassociated");

    public override Address LocalAddress { get; protected set; }

    public override Address RemoteAddress { get; protected set; }

    public override bool IsInbound { get; protected set; }

    public override LogLevel LogLevel() => Event.LogLevel.DebugLevel;
}

public sealed class AssociationErrorEvent : AssociationEvent
{
    private readonly LogLevel _level;

    public AssociationErrorEvent(
        Exception cause, Address localAddress, Address remoteAddress, bool inbound, LogLevel level)
    {
        (LocalAddress, RemoteAddress, IsInbound, EventName) = (localAddress, remoteAddress, inbound, "AssociationError");
        (Cause, _level) = (cause, level);
    }

    public Exception Cause { get; }

    public override Address LocalAddress { get; protected set; }

    public override Address RemoteAddress { get; protected set; }

    public override bool IsInbound { get; protected set; }

    public override LogLevel LogLevel() => _level;

    public override string ToString() => $"{base.ToString()}: Error [{Cause.Message}]";
}

public sealed class RemotingListenEvent(IList<Address> listenAddresses) : RemotingLifecycleEvent
{
    public IList<Address> ListenAddresses { get; } = listenAddresses;

    public override LogLevel LogLevel() => Event.LogLevel.InfoLevel;

    public override string ToString() => $"Remoting now listens on addresses: [{string.Join(",", ListenAddresses)}]";
}

public sealed class RemotingShutdownEvent : RemotingLifecycleEvent
{
    public override LogLevel LogLevel() => Event.LogLevel.InfoLevel;

    public override string ToString() => "Remoting shut down";
}

public sealed class RemotingErrorEvent(Exception cause) : RemotingLifecycleEvent
{
    public Exception Cause { get; } = cause;

    public override LogLevel LogLevel() => Event.LogLevel.ErrorLevel;

    public override string ToString() => $"Remoting error: [{Cause.Message}]";
}

/// <summary>This system no longer talks to that incarnation of the peer.</summary>
public sealed class QuarantinedEvent(Address address, int uid) : RemotingLifecycleEvent
{
    public Address Address { get; } = address;

    public int Uid { get; } = uid;

    public override LogLevel LogLevel() => Event.LogLevel.WarningLevel;

    public override string ToString() =>
        $"Association to [{Address}] having UID [{Uid}] is irrecoverably failed: the UID is quarantined and messages "
        + "to it go to dead letters until that actor system is restarted.";
}

/// <summary>A peer no longer talks to this incarnation of us; only a new ActorSystem helps.</summary>
public sealed class ThisActorSystemQuarantinedEvent(Address localAddress, Address remoteAddress)
    : RemotingLifecycleEvent
{
    public Address LocalAddress { get; } = localAddress;

    public Address RemoteAddress { get; } = remoteAddress;

    public override LogLevel LogLevel() => Event.LogLevel.WarningLevel;

    public override string ToString() =>
        $"The remote system {RemoteAddress} has quarantined this system {LocalAddress}.";
}
