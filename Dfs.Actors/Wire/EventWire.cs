using Dfs.Actors.Events;
using Dfs.Actors.Wire.V1;
using Dfs.Core.Events;
using static Dfs.Actors.Events.EventProtocol;

namespace Dfs.Actors.Wire;

/// <summary>The messages about events as protobuf.</summary>
internal static class EventWire
{
    public static readonly WireEntry[] Entries =
    [
        WireEntry.Of<GetEvents, GetEventsV1>(
            "e1", GetEventsV1.Parser, message => new GetEventsV1 { SinceUnixMs = (ulong)message.SinceUnixMs },
            proto => new GetEvents((long)Math.Min(proto.SinceUnixMs, long.MaxValue))),
        WireEntry.Of<EventsAre, EventsAreV1>(
            "e2", EventsAreV1.Parser,
            message => new EventsAreV1 { Name = message.Name, Events = WireBytes.Of(EventCodec.Encode(message.Events)) }, Decode),
    ];

    private static EventsAre Decode(EventsAreV1 proto)
    {
        WireException.ThrowUnless(proto.Name.Length <= ClusterEvent.SubjectBytesMax, "a node's name");
        WireException.ThrowUnless(proto.Events.Length <= EventKeeper.AnswerMax * EventCodec.RecordBytesMax, "as many events as an answer has");
        var (events, wholeBytes) = EventCodec.Decode(proto.Events.Span);
        WireException.ThrowUnless(wholeBytes == proto.Events.Length && events.Count <= EventKeeper.AnswerMax, "whole events");
        return new EventsAre(proto.Name, events);
    }
}
