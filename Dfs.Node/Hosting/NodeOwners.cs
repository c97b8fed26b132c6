using Dfs.Actors.Client;
using Dfs.Client;

namespace Dfs.Node.Hosting;

/// <summary>The owners of a node, found by name or id; unlocks one at a time, so that guessing is slow.</summary>
/// <param name="all">None where the node only stores; names and ids differ. Theirs who made them.</param>
/// <param name="clientOf">The store as one of them sees it.</param>
public sealed class NodeOwners(IReadOnlyList<NodeOwner> all, Func<NodeOwner, IDfsClient> clientOf) : IOwners, IDisposable
{
    /// <summary>Eight digits of an id name it: shorter ones could be typed by accident.</summary>
    private const int IdDigitsMin = 8;

    private readonly SemaphoreSlim _oneUnlock = new(1);

    public IReadOnlyList<OwnerStatus> List() =>
        [.. all.Select((owner, index) => new OwnerStatus(owner.Name, owner.Id.ToString(), owner.Session.IsLocked, index == 0, owner.Names?.Reading))];

    public OwnerChoice Choose(string owner)
    {
        var found = Find(owner);
        found?.Refresh();
        return found is null ? new OwnerChoice(null, Unknown(owner)) : new OwnerChoice(clientOf(found), "", found.Id.ToString());
    }

    public async Task<OwnerAnswer> LockAsync(string owner)
    {
        if (Find(owner) is not { } found)
        {
            return new OwnerAnswer(DfsOutcome.NotFound, Unknown(owner));
        }

        await found.LockAsync();
        return new OwnerAnswer(DfsOutcome.Done, $"'{found.Name}' is locked.");
    }

    public async Task<OwnerAnswer> UnlockAsync(string owner, string passphrase)
    {
        if (Find(owner) is not { } found)
        {
            return new OwnerAnswer(DfsOutcome.NotFound, Unknown(owner));
        }

        await _oneUnlock.WaitAsync();
        try
        {
            return await Task.Run(() => found.Unlock(passphrase));
        }
        finally
        {
            _oneUnlock.Release();
        }
    }

    public async Task<OwnerAnswer> RotateAsync(string owner, CancellationToken cancellationToken) => Find(owner) switch
    {
        null => new OwnerAnswer(DfsOutcome.NotFound, Unknown(owner)),
        { Rotation: { } rotation } found => await new KeyringRotation(found, rotation).RunAsync(cancellationToken),
        _ => new OwnerAnswer(DfsOutcome.NotReady, "The node is getting into its cluster; try again in a moment."),
    };

    public void Dispose() => _oneUnlock.Dispose();

    private NodeOwner? Find(string owner)
    {
        if (owner.Length == 0)
        {
            return all.Count == 0 ? null : all[0];
        }

        var byId = owner.Length >= IdDigitsMin
            ? all.Where(each => each.Id.ToString().StartsWith(owner, StringComparison.OrdinalIgnoreCase)).ToList()
            : [];
        return all.FirstOrDefault(each => each.Name == owner) ?? (byId.Count == 1 ? byId[0] : null);
    }

    private string Unknown(string owner) => all.Count == 0
        ? "This node only stores (role = storage): it has no keyring and opens no files. Ask a node that has one."
        : $"This node has no keyring of an owner '{owner}'; it has {string.Join(", ", all.Select(each => $"'{each.Name}'"))}.";
}
