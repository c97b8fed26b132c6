using System.Security.Cryptography;
using System.Text;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.S3.Signing;
using Dfs.Gateway.Trust;

namespace Dfs.Gateway.S3.Keys;

/// <summary>The access keys of a node's owners: each signs requests of its owner, for what its grants allow.</summary>
/// <remarks>Kept in a <see cref="KeyRegister"/>. Thread-safe.</remarks>
/// <param name="first">A pair from the settings, of the first owner; it is on no disk. Null for none.</param>
public sealed class AccessKeys(IOwners owners, AccessKeyPair? first, TimeProvider time)
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private readonly KeyRegister _register = new(owners, ObjectKey.AccessKeysBucket, ObjectKey.OfAccessKey, time);

    /// <summary>The node's owners.</summary>
    public IOwners Owners => owners;

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The owner whose key this is, and what it may do.</summary>
    /// <exception cref="S3Exception">No unlocked owner of this node has it, nothing that it was granted is in force, or nobody can say now.</exception>
    public async Task<S3Credential> FindAsync(string accessKey, CancellationToken cancellationToken)
    {
        if (AccessKeyPair.Refusal(accessKey) is not null)
        {
            throw new S3Exception(S3Error.InvalidAccessKeyId);
        }

        var all = owners.List();
        if (first is not null && first.AccessKey == accessKey && owners.Choose(all[0].Name).Client is { } client)
        {
            return new S3Credential(first.Secret, all[0], client, new Principal(PrincipalKind.AccessKey, accessKey, all[0].Id, GrantSet.AllOfOwner));
        }

        var looked = await _register.FindAsync(accessKey, cancellationToken);
        if (looked.Found is not { Record.Kind: KeyKind.AccessKey } found)
        {
            throw new S3Exception(looked.Outcome is DfsOutcome.NotFound or DfsOutcome.Done
                ? S3Error.InvalidAccessKeyId
                : S3Outcomes.ErrorOf(looked.Outcome, looked.Detail, S3Error.InvalidAccessKeyId));
        }

        var principal = new Principal(PrincipalKind.AccessKey, accessKey, found.Owner.Id, found.Record.Grants);
        return Permissions.Decide(principal, Verbs.None, null, null, Now.ToUnixTimeSeconds()) == Verdict.Allowed
            ? new S3Credential(new SecretAccessKey(Encoding.UTF8.GetString(found.Record.Secret)), found.Owner, found.Client, principal)
            : throw new S3Exception(S3Error.InvalidAccessKeyId.Saying("This access key has expired."));
    }

    /// <summary>Makes a pair for an owner; the only answer that has the secret in it.</summary>
    public async Task<(PutResult Result, AccessKeyPair Pair)> CreateAsync(IDfsClient owner, GrantSet grants, CancellationToken cancellationToken)
    {
        var pair = new AccessKeyPair("DFS" + RandomNumberGenerator.GetString(Letters, 17), SecretAccessKey.Create());
        var record = new KeyRecord(KeyKind.AccessKey, Encoding.UTF8.GetBytes(pair.Secret.Reveal()), grants);
        return (await _register.CreateAsync(owner, pair.AccessKey, record, cancellationToken), pair);
    }

    /// <summary>The public parts of an owner's keys.</summary>
    public Task<KeyPage> ListAsync(IDfsClient owner, string? after, CancellationToken cancellationToken) =>
        _register.ListAsync(owner, after, cancellationToken);

    public Task<RemoveResult> RevokeAsync(IDfsClient owner, string accessKey, CancellationToken cancellationToken) =>
        AccessKeyPair.Refusal(accessKey) is { } refusal
            ? Task.FromResult(new RemoveResult(DfsOutcome.NotFound, refusal))
            : _register.RevokeAsync(owner, accessKey, cancellationToken);
}
