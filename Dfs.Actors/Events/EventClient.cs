using Akka.Actor;
using Dfs.Actors.Client;
using Dfs.Actors.Membership;
using Dfs.Core.Events;
using static Dfs.Actors.Events.EventProtocol;

namespace Dfs.Actors.Events;

/// <summary>Asks every node of the view for what it has noted.</summary>
public sealed class EventClient(ActorSystem system, PeerDirectory peers) : IEventClient
{
    /// <summary>Two seconds: a node that is stopped or cut off holds nobody up.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    public async Task<EventStory> ReadAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var sinceUnixMs = Math.Max(0, since.ToUnixTimeMilliseconds());
        var answers = await Task.WhenAll(peers.View.Peers.Values.Select(async peer =>
            (peer.Card.Name, Answer: await AskAsync(peer, sinceUnixMs, cancellationToken))));
        var noted = answers.SelectMany(each => each.Answer?.Events.Select(one => (each.Answer.Name, one)) ?? []);
        return new EventStory(
            EventMerge.Of(noted), [.. answers.Where(each => each.Answer is null).Select(each => each.Name).Order(StringComparer.Ordinal)]);
    }

    private async Task<EventsAre?> AskAsync(PeerInfo peer, long sinceUnixMs, CancellationToken cancellationToken)
    {
        if (!peer.Reachable)
        {
            return null;
        }

        try
        {
            return await system.ActorSelection($"{peer.Card.Address}/user/{EventKeeper.Name}")
                .Ask<EventsAre>(new GetEvents(sinceUnixMs), AnswerTimeout, cancellationToken);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }
}
