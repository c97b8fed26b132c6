using Dfs.Actors.Wire;
using Dfs.Core.Events;

namespace Dfs.Actors.Events;

/// <summary>The conversation about what happened.</summary>
public static class EventProtocol
{
    /// <summary>A node's client → the <see cref="EventKeeper"/> of each node, its own included, answered with <see cref="EventsAre"/>.</summary>
    public sealed record GetEvents(long SinceUnixMs) : IWireMessage;

    /// <summary>The newest <see cref="EventKeeper.AnswerMax"/> from that time on, oldest first.</summary>
    /// <param name="Name">Of the node that has noted them.</param>
    public sealed record EventsAre(string Name, IReadOnlyList<ClusterEvent> Events) : IWireMessage;
}
