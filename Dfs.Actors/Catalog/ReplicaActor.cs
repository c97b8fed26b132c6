using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Dfs.Actors.Tracing;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;
using static Dfs.Actors.Catalog.CatalogMessages;

namespace Dfs.Actors.Catalog;

/// <summary>This directory's vote in the catalog: hands requests to its database and answers when it is durable.</summary>
/// <remarks>
/// One per node, at <see cref="Name"/>. Stateless: the database is the state, and it outlives the actor system. Many
/// requests are under way at once, so that one sync makes many of them durable. A request for another replica id was
/// meant for a directory that used to live here and is not answered.
/// </remarks>
public sealed class ReplicaActor : UntypedActor
{
    /// <summary>At /user/replica.</summary>
    public const string Name = "replica";

    private readonly ReplicaId _self;
    private readonly CatalogStore _store;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public ReplicaActor(ReplicaId self, CatalogStore store) => (_self, _store) = (self, store);

    public static Props Props(ReplicaId self, CatalogStore store) => Akka.Actor.Props.Create(() => new ReplicaActor(self, store));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReplicaRequest request: Handle([request]); break;
            case ReplicaRequests batch: Handle(batch.Requests); break;
            case RequestFailed failed: _log.Error(failed.Cause, "The catalog could not answer a request"); break;
            default: Unhandled(message); break;
        }
    }

    // Reads need no sync, so they do not wait for what came with them.
    private void Handle(IReadOnlyList<ReplicaRequest> requests)
    {
        foreach (var kind in requests.Where(IsMeant).GroupBy(request => request.Request is CatalogProtocol.Read))
        {
            _ = AnswerAsync([.. kind], Sender, Self);
        }
    }

    private bool IsMeant(ReplicaRequest request)
    {
        if (request.To != _self)
        {
            _log.Debug("A request for {0} came to {1}", request.To, _self);
        }

        return request.To == _self;
    }

    // No answer when the database fails: the proposer counts on the others, and the store has ended its id by then.
    private async Task AnswerAsync(IReadOnlyList<ReplicaRequest> requests, IActorRef asker, IActorRef self)
    {
        var spans = SpansOf(requests);
        try
        {
            var replies = await _store.HandleAsync([.. requests.Select(request => (request.Request, request.From))]).ConfigureAwait(false);
            CatalogBatch.Send(
                asker, [.. requests.Zip(replies, (request, reply) => new ReplicaReply(request.Operation, request.Attempt, _self, reply))], self);
        }
        catch (Exception error)
        {
            self.Tell(new RequestFailed(error));
        }
        finally
        {
            spans?.ForEach(span => span.Dispose());
        }
    }

    // One sync makes many requests durable: each trace shows it.
    private static List<Activity>? SpansOf(IReadOnlyList<ReplicaRequest> requests)
    {
        List<Activity>? spans = null;
        foreach (var request in requests)
        {
            var name = request.Request is CatalogProtocol.Read ? "catalog read" : "catalog commit";
            if (Spans.BeginApart(name, request.Trace, ActivityKind.Server) is { } span)
            {
                (spans ??= []).Add(span);
            }
        }

        return spans;
    }

    private sealed record RequestFailed(Exception Cause);
}
