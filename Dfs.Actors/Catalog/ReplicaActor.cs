using Akka.Actor;
using Akka.Event;
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
            case ReplicaRequest request when request.To == _self: _ = AnswerAsync(request, Sender, Self); break;
            case ReplicaRequest stray: _log.Debug("A request for {0} came to {1}", stray.To, _self); break;
            case RequestFailed failed: _log.Error(failed.Cause, "The catalog could not answer a request"); break;
            default: Unhandled(message); break;
        }
    }

    // No answer when the database fails: the proposer counts on the others, and the store has ended its id by then.
    private async Task AnswerAsync(ReplicaRequest request, IActorRef asker, IActorRef self)
    {
        try
        {
            var reply = await _store.HandleAsync(request.Request, request.From).ConfigureAwait(false);
            asker.Tell(new ReplicaReply(request.Operation, request.Attempt, _self, reply), self);
        }
        catch (Exception error)
        {
            self.Tell(new RequestFailed(error));
        }
    }

    private sealed record RequestFailed(Exception Cause);
}
