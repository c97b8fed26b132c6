using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;

namespace Dfs.Actors.Client;

/// <summary>An owner's heads and the other nodes, as a rotation of keys sees them: on a cluster, or in memory where the power goes at each step.</summary>
public interface IHeadRotation
{
    /// <summary>Wraps what is wrapped under earlier epochs.</summary>
    /// <returns>How many heads were changed.</returns>
    /// <exception cref="TransferException">Locked, no quorum somewhere, or a head that the keyring does not open.</exception>
    Task<int> RewrapAsync(CancellationToken cancellationToken);

    /// <summary>How many heads of the owner have something that is wrapped under an epoch before this one; sees every acknowledged write.</summary>
    Task<int> CountBehindAsync(KeyEpoch epoch, CancellationToken cancellationToken);

    /// <summary>Asks every other node of the layout.</summary>
    /// <returns>By name; null where the node did not answer. Nodes that do not serve the owner are left out.</returns>
    Task<IReadOnlyDictionary<string, OwnerEpochs?>> AskAsync(CancellationToken cancellationToken);
}
