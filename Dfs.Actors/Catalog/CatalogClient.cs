using System.Security.Cryptography;
using Akka.Actor;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using static Dfs.Actors.Catalog.CatalogMessages;

namespace Dfs.Actors.Catalog;

/// <summary>Reads and changes registers for code that is not an actor.</summary>
/// <param name="proposer">This node's <see cref="ProposerActor"/>.</param>
public sealed class CatalogClient(IActorRef proposer)
{
    /// <summary>The proposer answers within its own deadline; this is for one that is gone.</summary>
    private static readonly TimeSpan AnswerTimeout = ProposerTimes.Default.Deadline + TimeSpan.FromSeconds(5);

    /// <summary>Reads the chosen value of a file's register; linearizable.</summary>
    public Task<ProposerOutcome> ReadAsync(RegisterId register, Epoch epoch, CancellationToken cancellationToken) =>
        RunAsync(new RegisterOperation(FileRow(register), null, null, PartitionClaim.IfFree, epoch, Jitter()), cancellationToken);

    /// <summary>Changes a file's register; <paramref name="change"/> may be asked more than once and must only compute.</summary>
    public Task<ProposerOutcome> ChangeAsync(
        RegisterId register, OperationId id, RegisterChange change, Epoch epoch, CancellationToken cancellationToken) =>
        RunAsync(new RegisterOperation(FileRow(register), id, change, PartitionClaim.IfFree, epoch, Jitter()), cancellationToken);

    /// <summary>Changes one of the cluster's own registers, whose writes are harmless twice.</summary>
    public Task<ProposerOutcome> ChangeCouncilAsync(RowKey key, RegisterChange change, CancellationToken cancellationToken) =>
        RunAsync(new RegisterOperation(key, null, change, PartitionClaim.Never, Epoch.First, Jitter()), cancellationToken);

    private async Task<ProposerOutcome> RunAsync(RegisterOperation operation, CancellationToken cancellationToken)
    {
        try
        {
            return (await proposer.Ask<OperationEnded>(new RunOperation(operation), AnswerTimeout, cancellationToken)).Outcome;
        }
        catch (AskTimeoutException)
        {
            return operation.Change is null ? new Unavailable() : new Indeterminate();
        }
    }

    private static RowKey FileRow(RegisterId register) => new(false, register);

    private static uint Jitter() => (uint)RandomNumberGenerator.GetInt32(int.MaxValue);
}
