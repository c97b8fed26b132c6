using Akka.Actor;
using Dfs.Actors.Client;
using Dfs.Client;
using static Dfs.Actors.Repair.GarbageProtocol;

namespace Dfs.Actors.Repair;

/// <summary>Hands a person's wish for a collection to this node's <see cref="GarbageKeeper"/>.</summary>
public sealed class GarbageClient(IActorRef keeper) : IGarbageClient
{
    /// <summary>An hour: a collection reads every head and every page of references.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromHours(1);

    public async Task<GarbageRun> CollectAsync(CancellationToken cancellationToken)
    {
        try
        {
            var result = (await keeper.Ask<CollectionEnded>(new CollectNow(), AnswerTimeout, cancellationToken)).Result;
            return new GarbageRun(
                result.Outcome, result.Refusal, result.Epoch?.Value ?? 0, result.Totals.FreedChunks, result.Totals.FreedBytes,
                result.Totals.RestingChunks, result.Totals.RestingBytes, result.Registers, result.TombstonesDropped);
        }
        catch (AskTimeoutException)
        {
            return new GarbageRun(DfsOutcome.Indeterminate, "There was no answer in time; `dfs status` shows the last collection.", 0, 0, 0, 0, 0, 0, 0);
        }
    }
}
