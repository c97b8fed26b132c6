using Dfs.Core.Events;

namespace Dfs.Actors.Client;

/// <summary>What happened to the cluster.</summary>
public interface IEventClient
{
    /// <returns>What the nodes that answer have noted from then on: of each the newest 200, in one story.</returns>
    Task<EventStory> ReadAsync(DateTimeOffset since, CancellationToken cancellationToken);
}

/// <param name="Events">By time, oldest first.</param>
/// <param name="Without">Names of nodes that did not answer: what only they have noted is not among the events.</param>
public sealed record EventStory(IReadOnlyList<SeenEvent> Events, IReadOnlyList<string> Without);
