using Dfs.Actors.Client;
using Dfs.Core.Primitives;
using Dfs.Storage.Keyring;

namespace Dfs.Node.Hosting;

/// <summary>One owner that a node serves: the keyring's file, and the session that it opens.</summary>
public sealed class NodeOwner : IDisposable
{
    private PassphraseKey? _protection;

    /// <param name="protection">Of the opened keyring; null when it is locked, or has none. Owned from here on.</param>
    public NodeOwner(string keyringFile, OwnerSession session, PassphraseKey? protection = null) =>
        (KeyringFile, Session, _protection) = (keyringFile, session, protection);

    public string KeyringFile { get; }

    /// <summary>What people call the owner on this node.</summary>
    public string Name => Path.GetFileNameWithoutExtension(KeyringFile);

    public OwnerSession Session { get; }

    public OwnerId Id => Session.PublicKey.Id;

    /// <summary>The index of the actor system that runs now; holds names in the clear.</summary>
    public NameIndex? Names { get; set; }

    public async Task LockAsync()
    {
        Session.Lock();
        Interlocked.Exchange(ref _protection, null)?.Dispose();
        if (Names is { } names)
        {
            await names.ForgetAsync();
        }
    }

    /// <summary>Opens the file; takes as long as a guess at the passphrase does.</summary>
    public OwnerAnswer Unlock(string passphrase)
    {
        var outcome = Storage.Keyring.KeyringFile.Open(KeyringFile, passphrase);
        if (outcome is not KeyringOutcome.Opened opened)
        {
            return new OwnerAnswer(DfsOutcome.Locked, $"{outcome.Message} '{Name}' stays as it was.");
        }

        if (opened.Keys.PublicKey != Session.PublicKey)
        {
            opened.Keys.Dispose();
            opened.Protection?.Dispose();
            return new OwnerAnswer(DfsOutcome.Locked, $"{KeyringFile} is another owner's since this node was started; start it again.");
        }

        Session.Unlock(opened.Keys);
        Interlocked.Exchange(ref _protection, opened.Protection)?.Dispose();
        return new OwnerAnswer(DfsOutcome.Done, $"'{Name}' is unlocked.");
    }

    public void Dispose()
    {
        Session.Dispose();
        _protection?.Dispose();
    }
}
