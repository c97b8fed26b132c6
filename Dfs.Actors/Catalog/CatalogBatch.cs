using Akka.Actor;
using static Dfs.Actors.Catalog.CatalogMessages;
using static Dfs.Core.Catalog.CatalogProtocol;

namespace Dfs.Actors.Catalog;

/// <summary>Sends what is ready for one receiver in few messages: each costs a wake-up on both sides, whatever is in it.</summary>
internal static class CatalogBatch
{
    /// <summary>256 requests or answers in a message.</summary>
    public const int CountMax = 256;

    // Half of what a message may have; ballots and ids of 256 requests are the rest.
    private const int ValueBytesMax = 60_000;

    public static void Send(IActorRef to, IReadOnlyList<ReplicaRequest> requests, IActorRef sender)
    {
        foreach (var part in Cut(requests, request => request.Request is Accept accept ? accept.Value.Length : 0))
        {
            to.Tell(part.Count == 1 ? part[0] : new ReplicaRequests(part), sender);
        }
    }

    public static void Send(IActorRef to, IReadOnlyList<ReplicaReply> replies, IActorRef sender)
    {
        foreach (var part in Cut(replies, SizeOf))
        {
            to.Tell(part.Count == 1 ? part[0] : new ReplicaReplies(part), sender);
        }
    }

    private static int SizeOf(ReplicaReply reply) => reply.Reply switch
    {
        Current current => current.State.Value.Length,
        Promised promised => promised.State.Value.Length,
        _ => 0,
    };

    /// <summary>In order; a value that is larger than the limit goes alone.</summary>
    private static IEnumerable<IReadOnlyList<T>> Cut<T>(IReadOnlyList<T> items, Func<T, int> valueBytesOf)
    {
        var (from, valueBytes) = (0, 0);
        for (var i = 0; i < items.Count; i++)
        {
            var size = valueBytesOf(items[i]);
            if (i > from && (i - from == CountMax || valueBytes + size > ValueBytesMax))
            {
                yield return [.. items.Skip(from).Take(i - from)];
                (from, valueBytes) = (i, 0);
            }

            valueBytes += size;
        }

        yield return from == 0 ? items : [.. items.Skip(from)];
    }
}
