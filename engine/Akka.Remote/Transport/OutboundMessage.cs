using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace Akka.Remote.Transport;

/// <summary>A message on its way to a peer.</summary>
/// <param name="SystemNumber">Number and encoded form of a system message once it has them.</param>
internal readonly record struct OutboundMessage(
    object Message, IActorRef? Sender, RemoteActorRef Recipient, ulong SystemNumber = 0, byte[]? Body = null)
{
    public bool IsSystem => Message is ISystemMessage;

    /// <summary>Heartbeats overtake; everything else keeps its order.</summary>
    public bool IsUrgent =>
        Message is IPriorityMessage || Message is ActorSelectionMessage { Message: IPriorityMessage };
}
