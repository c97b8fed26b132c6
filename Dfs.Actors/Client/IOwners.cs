using Dfs.Client;

namespace Dfs.Actors.Client;

/// <summary>The owners whose keyrings a node was given; each is locked or unlocked by itself.</summary>
/// <remarks>Thread-safe.</remarks>
public interface IOwners
{
    /// <summary>In the order of the settings; the first is the one that is meant when none is named.</summary>
    IReadOnlyList<OwnerStatus> List();

    /// <summary>The store as one owner sees it.</summary>
    /// <param name="owner">Name, or the beginning of the id; empty for the first.</param>
    OwnerChoice Choose(string owner);

    /// <summary>Forgets the owner's keys, and every name that they opened; what is under way ends with the keys that it has.</summary>
    Task<OwnerAnswer> LockAsync(string owner);

    /// <summary>Opens the keyring file. One at a time, and each takes about a second where there is a passphrase.</summary>
    /// <param name="passphrase">Empty for a keyring without one.</param>
    Task<OwnerAnswer> UnlockAsync(string owner, string passphrase);

    /// <summary>
    /// Wraps the keys of all files under a new key and destroys the one before, so that no keyring opens what was removed; uploads nothing.
    /// </summary>
    /// <returns>Busy when the key before is still needed somewhere, and where; to be run again.</returns>
    Task<OwnerAnswer> RotateAsync(string owner, CancellationToken cancellationToken);
}

/// <param name="Name">What the keyring's file is called, without its extension.</param>
/// <param name="Id">Public, 64 hexadecimal digits.</param>
/// <param name="ReadingNames"><see cref="NameIndex.Reading"/>.</param>
public sealed record OwnerStatus(string Name, string Id, bool Locked, bool Default, int? ReadingNames = null);

/// <param name="Client">Null when the refusal says why.</param>
/// <param name="Refusal">A sentence for the user.</param>
/// <param name="Id">Whose client it is, 64 hexadecimal digits; empty without one.</param>
public sealed record OwnerChoice(IDfsClient? Client, string Refusal, string Id = "");

/// <summary>Answer to locking or unlocking: done, not found, or locked still.</summary>
/// <param name="Detail">A sentence for the user.</param>
public sealed record OwnerAnswer(DfsOutcome Outcome, string Detail);
