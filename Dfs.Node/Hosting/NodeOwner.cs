using Dfs.Actors.Client;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;
using Dfs.Storage.Keyring;

namespace Dfs.Node.Hosting;

/// <summary>One owner that a node serves: the keyring's file, and the session that it opens.</summary>
public sealed class NodeOwner : IDisposable
{
    private readonly Lock _changing = new();
    private PassphraseKey? _protection;
    private (DateTime, long) _seen;

    /// <param name="protection">Of the opened keyring; null when it is locked, or has none. Owned from here on.</param>
    public NodeOwner(string keyringFile, OwnerSession session, PassphraseKey? protection = null) =>
        (KeyringFile, Session, _protection, _seen) = (keyringFile, session, protection, StampOf(keyringFile));

    public string KeyringFile { get; }

    /// <summary>Of the keyring's file, when it is changed.</summary>
    public IDisk Disk { get; init; } = HostDisk.Instance;

    /// <summary>What people call the owner on this node.</summary>
    public string Name => Path.GetFileNameWithoutExtension(KeyringFile);

    public OwnerSession Session { get; }

    public OwnerId Id => Session.PublicKey.Id;

    /// <summary>The index of the actor system that runs now; holds names in the clear.</summary>
    public NameIndex? Names { get; set; }

    /// <summary>Of the actor system that runs now.</summary>
    public KeyRotation? Rotation { get; set; }

    /// <summary>What this node does with the owner's keys, after a look at the keyring's file, which another node may have changed.</summary>
    public OwnerEpochs Epochs()
    {
        Refresh();
        try
        {
            using var keys = Session.Use();
            return new OwnerEpochs(Session.WritingEpoch, keys.OldestEpoch, keys.CurrentEpoch);
        }
        catch (TransferException)
        {
            return new OwnerEpochs(Session.WritingEpoch, null, null);
        }
    }

    /// <summary>Changes the keys in the file, and goes on with them.</summary>
    /// <param name="change">May give back null to leave them.</param>
    /// <exception cref="TransferException">The keyring is locked, or the file could not be changed.</exception>
    public void ChangeKeys(Func<OwnerKeys, OwnerKeys?> change)
    {
        lock (_changing)
        {
            Session.Use().Dispose();
            Take(Storage.Keyring.KeyringFile.Change(Disk, KeyringFile, _protection, change), isNeeded: true);
        }
    }

    /// <summary>Reads the file again when it has changed: nodes that share it learn of each other's rotations so.</summary>
    public void Refresh()
    {
        if (StampOf(KeyringFile) == _seen)
        {
            return;
        }

        lock (_changing)
        {
            if (!Session.IsLocked && StampOf(KeyringFile) != _seen)
            {
                Take(Storage.Keyring.KeyringFile.OpenAgain(KeyringFile, _protection), isNeeded: false);
            }
        }
    }

    private void Take(KeyringOutcome outcome, bool isNeeded)
    {
        if (outcome is KeyringOutcome.Opened opened && opened.Keys.PublicKey == Session.PublicKey)
        {
            Session.Unlock(opened.Keys);
            _seen = StampOf(KeyringFile);
            Names?.UseNewKeys();
        }
        else if (isNeeded)
        {
            throw new TransferException(DfsOutcome.Failed, $"The keyring was not changed: {outcome.Message}");
        }
    }

    private static (DateTime, long) StampOf(string file) =>
        new FileInfo(file) is { Exists: true } info ? (info.LastWriteTimeUtc, info.Length) : default;

    public async Task LockAsync()
    {
        lock (_changing)
        {
            Session.Lock();
            _protection?.Dispose();
            _protection = null;
        }

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

        lock (_changing)
        {
            Session.Unlock(opened.Keys);
            _protection?.Dispose();
            (_protection, _seen) = (opened.Protection, StampOf(KeyringFile));
        }

        Names?.Fill();
        return new OwnerAnswer(DfsOutcome.Done, $"'{Name}' is unlocked.");
    }

    public void Dispose()
    {
        Session.Dispose();
        _protection?.Dispose();
    }
}
