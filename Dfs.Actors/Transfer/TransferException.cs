using Dfs.Client;

namespace Dfs.Actors.Transfer;

/// <summary>Ends a stream with an outcome that who asked can act on.</summary>
public sealed class TransferException(DfsOutcome outcome, string detail) : Exception(detail)
{
    public DfsOutcome Outcome { get; } = outcome;
}
