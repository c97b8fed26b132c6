using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Dfs.Actors.Client;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Signing;

namespace Dfs.Gateway.S3.Keys;

/// <summary>The access keys of a node's owners.</summary>
/// <remarks>
/// Each is a small file of its owner in a bucket that no user can name: its name the public part, its content the secret, sealed like
/// every file. So every node that has the owner's keyring, unlocked, serves the key, and a disk holds no secret. An answer is held for
/// <see cref="HeldFor"/>: that is how long other nodes take a key that was revoked. Thread-safe.
/// </remarks>
/// <param name="first">A pair from the settings, of the first owner; it is on no disk. Null for none.</param>
public sealed class AccessKeys(IOwners owners, AccessKeyPair? first, TimeProvider time)
{
    public static readonly TimeSpan HeldFor = TimeSpan.FromSeconds(4);

    /// <summary>10,000: keys that are not there are held too, and whoever invents some must not fill the memory.</summary>
    private const int HeldMax = 10_000;

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private readonly ConcurrentDictionary<string, (long At, S3Credential? Found)> _held = new(StringComparer.Ordinal);

    /// <summary>The node's owners.</summary>
    public IOwners Owners => owners;

    /// <summary>The owner whose key this is.</summary>
    /// <exception cref="S3Exception">No unlocked owner of this node has it, or nobody can say now.</exception>
    public async Task<S3Credential> FindAsync(string accessKey, CancellationToken cancellationToken)
    {
        if (AccessKeyPair.Refusal(accessKey) is not null)
        {
            throw new S3Exception(S3Error.InvalidAccessKeyId);
        }

        if (_held.TryGetValue(accessKey, out var held) && time.GetElapsedTime(held.At) < HeldFor)
        {
            return held.Found ?? throw new S3Exception(S3Error.InvalidAccessKeyId);
        }

        var asked = time.GetTimestamp();
        var found = await LookAsync(accessKey, cancellationToken);
        if (_held.Count >= HeldMax)
        {
            _held.Clear();
        }

        _held[accessKey] = (asked, found);
        return found ?? throw new S3Exception(S3Error.InvalidAccessKeyId);
    }

    /// <summary>Makes a pair for an owner; the only answer that has the secret in it.</summary>
    public async Task<(PutResult Result, AccessKeyPair Pair)> CreateAsync(IDfsClient owner, CancellationToken cancellationToken)
    {
        var pair = new AccessKeyPair("DFS" + RandomNumberGenerator.GetString(Letters, 17), SecretAccessKey.Create());
        var secret = Encoding.UTF8.GetBytes(pair.Secret.Reveal());
        var result = await owner.PutAsync(
            ObjectKey.OfAccessKey(pair.AccessKey), PipeReader.Create(new ReadOnlySequence<byte>(secret)), new PutOptions { OnlyIfAbsent = true },
            cancellationToken);
        _held.TryRemove(pair.AccessKey, out _);
        return (result, pair);
    }

    /// <summary>The public parts of an owner's keys.</summary>
    public static Task<ListPage> ListAsync(IDfsClient owner, string? after, CancellationToken cancellationToken) =>
        owner.ListAsync(ObjectKey.AccessKeysBucket, new ListOptions { After = after }, cancellationToken);

    public async Task<RemoveResult> RevokeAsync(IDfsClient owner, string accessKey, CancellationToken cancellationToken)
    {
        var result = AccessKeyPair.Refusal(accessKey) is { } refusal
            ? new RemoveResult(DfsOutcome.NotFound, refusal)
            : await owner.RemoveAsync(ObjectKey.OfAccessKey(accessKey), cancellationToken);
        _held.TryRemove(accessKey, out _);
        return result;
    }

    private async Task<S3Credential?> LookAsync(string accessKey, CancellationToken cancellationToken)
    {
        var all = owners.List();
        if (first is not null && first.AccessKey == accessKey && owners.Choose(all[0].Name).Client is { } client)
        {
            return new S3Credential(accessKey, first.Secret, all[0], client);
        }

        S3Error? unknown = null;
        foreach (var owner in all)
        {
            var (found, error) = owner.Locked
                ? (null, S3Error.ServiceUnavailable.Saying("A keyring of this node is locked."))
                : await LookAsync(owner, accessKey, cancellationToken);
            if (found is not null)
            {
                return found;
            }

            unknown ??= error;
        }

        return unknown is null ? null : throw new S3Exception(unknown);
    }

    private async Task<(S3Credential? Found, S3Error? Error)> LookAsync(OwnerStatus owner, string accessKey, CancellationToken cancellationToken)
    {
        if (owners.Choose(owner.Name).Client is not { } client)
        {
            return (null, null);
        }

        var opened = await client.OpenAsync(ObjectKey.OfAccessKey(accessKey), cancellationToken);
        if (opened.File is null)
        {
            return (null, opened.Outcome == DfsOutcome.NotFound ? null : S3Outcomes.ErrorOf(opened.Outcome, opened.Detail, S3Error.InvalidAccessKeyId));
        }

        await using var file = opened.File;
        var bytes = await S3Outcomes.ReadAsync(file, SecretAccessKey.CharsMax, cancellationToken);
        return (new S3Credential(accessKey, new SecretAccessKey(Encoding.UTF8.GetString(bytes)), owner, client), null);
    }
}
