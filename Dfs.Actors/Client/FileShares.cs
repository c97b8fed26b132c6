using System.Security.Cryptography;
using Akka.Actor;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;
using static Dfs.Actors.Client.Answers;

namespace Dfs.Actors.Client;

/// <summary>Shares files of an owner by capability, takes shares back, and opens the capabilities of any owner.</summary>
/// <remarks>
/// A share is in force while the file's head lists it; the head is read for every opening, so that a revocation is seen at once by
/// every node that keeps to it. Thread-safe. SEAL.md, K4 and K5.
/// </remarks>
internal sealed class FileShares(TransferOptions parts, IActorRef transfers, NameIndex names) : IShares
{
    private readonly SignatureVerifier _verifier = new();
    private readonly HeadReader _heads = new(parts);

    public Task<ShareResult> ShareAsync(ObjectKey key, ShareOptions options, CancellationToken cancellationToken) => AnswerAsync(
        parts.Answers, () => ShareOrThrowAsync(key, options, cancellationToken), ShareResult.Refused);

    public Task<ShareListResult> ListAsync(ObjectKey key, CancellationToken cancellationToken) => AnswerAsync(
        parts.Answers, async () => new ShareListResult(DfsOutcome.Done, await ListOrThrowAsync(key, cancellationToken), ""),
        (outcome, detail) => new ShareListResult(outcome, [], detail));

    public Task<RemoveResult> RevokeAsync(ShareId share, CancellationToken cancellationToken) => AnswerAsync(
        parts.Answers, async () =>
        {
            await RevokeOrThrowAsync(share, cancellationToken);
            return new RemoveResult(DfsOutcome.Done, "");
        },
        (outcome, detail) => new RemoveResult(outcome, detail));

    public Task<OpenResult> OpenAsync(string capability, CancellationToken cancellationToken) => AnswerAsync(
        parts.Answers, async () => new OpenResult(DfsOutcome.Done, await OpenOrThrowAsync(capability, cancellationToken), ""), OpenResult.Refused);

    public Task<IdentityResult> IdentityAsync() => AnswerAsync(
        parts.Answers, () => Task.FromResult(new IdentityResult(DfsOutcome.Done, IdentityOrThrow(), "")),
        (outcome, detail) => new IdentityResult(outcome, "", detail));

    private async Task<ShareResult> ShareOrThrowAsync(ObjectKey key, ShareOptions options, CancellationToken cancellationToken)
    {
        using var owner = parts.Owner.Use();
        var bucket = owner.Bucket(key.Bucket);
        var recipient = RecipientOf(options.To);
        var head = await _heads.ReadAsync(key, cancellationToken) ?? throw HeadReader.NotFound();
        head = options.Version is { } wanted ? await WithInHeadAsync(key, head, wanted, bucket, cancellationToken) : head;
        var version = head.Versions.FirstOrDefault(each => !each.IsDeleteMarker && each.Id == (options.Version ?? head.Readable?.Id))
            ?? throw HeadReader.NotFound();
        using var secret = SecretOf(options.Scope, head, version, bucket.Wraps);
        var ticket = TicketOf(key, options, head, version, owner.PublicKey);
        using var own = new DisposableShare(new OwnShare(
            ticket.Id, ticket.Scope, ticket.Version, ticket.ExpiresUnixSeconds,
            ticket.Scope == ShareScope.File ? new ShareKey(secret.Span) : NoKey()));
        var operation = OwnerSession.NewOperation();
        await ChangeAsync(head.Register, operation, current => ShareTransition.Add(
            current, owner.PublicKey, operation, own.Share, bucket.Wraps, parts.Time.GetUtcNow(), OwnerSession.Fresh));
        var capability = recipient is { } to
            ? Capability.CreateFor(to, ticket, secret.Span, OwnerSession.Fresh, owner.Sign)
            : Capability.Create(ticket, secret.Span, owner.Sign);
        return new ShareResult(DfsOutcome.Done, capability.ToText(), InfoOf(own.Share, key.Name), "");
    }

    // Who has a capability of one version looks for it in the head, because only the owner's keys open pages: so it moves back there, with all that are newer.
    private async Task<Head> WithInHeadAsync(ObjectKey key, Head head, VersionId wanted, BucketKeys bucket, CancellationToken cancellationToken)
    {
        var pages = new HistoryPages(bucket, id => _heads.FetchAsync(id, cancellationToken));
        for (var isKnown = false; !head.Versions.Any(version => version.Id == wanted); isKnown = true)
        {
            if (head.History is null || (!isKnown && await pages.WithoutAsync(head, wanted, LockKey.None) is null))
            {
                throw HeadReader.NotFound();
            }

            var outcome = await HistoryChanges.CommitAsync(parts, head, await pages.UnfoldAsync(head));
            if (outcome is ChangeRefused { Reason: HeadChange.HistoryFull })
            {
                throw new TransferException(
                    DfsOutcome.PreconditionFailed, "This version lies too far back to be shared by itself. Restore it, or store it under another name, and share that.");
            }

            if (outcome is not ChangeRefused { Reason: HeadChange.HistoryMoved })
            {
                HeadChanges.ThrowUnlessDone(outcome);
            }

            head = await _heads.ReadAsync(key, cancellationToken) ?? throw HeadReader.NotFound();
        }

        return head;
    }

    private async Task<IReadOnlyList<ShareInfo>> ListOrThrowAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        using var owner = parts.Owner.Use();
        var bucket = owner.Bucket(key.Bucket);
        var head = await _heads.ReadAsync(key, cancellationToken) ?? throw HeadReader.NotFound();
        if (!ShareList.TryDecode(head.Grants, out var list) || !list.TryOpen(bucket.Wraps, head.PlaceOf(EnvelopeKind.Shares), out var shares))
        {
            throw OpenHeads.NotOurs();
        }

        return [.. shares.Value.Select(share => InfoOf(share, key.Name))];
    }

    // By looking through all heads of the owner that have shares: an id says nothing of the file.
    private async Task<Head?> FindAsync(ShareId id, OwnerPublicKey owner, CancellationToken cancellationToken)
    {
        foreach (var shared in await names.SharedAsync(cancellationToken))
        {
            var head = await _heads.ReadAsync(shared.Register, owner, cancellationToken);
            if (head is not null && ShareList.TryDecode(head.Grants, out var list) && list.Find(id) is not null)
            {
                return head;
            }
        }

        return null;
    }

    private async Task RevokeOrThrowAsync(ShareId id, CancellationToken cancellationToken)
    {
        using var owner = parts.Owner.Use();
        var head = await FindAsync(id, owner.PublicKey, cancellationToken)
            ?? throw new TransferException(DfsOutcome.NotFound, $"No share {id} of this owner is in force.");
        var operation = OwnerSession.NewOperation();
        await ChangeAsync(head.Register, operation, current => ShareTransition.Remove(
            current, owner.PublicKey, operation, id, owner.WrapsOf(head.Bucket), OwnerSession.Fresh));
    }

    private async Task<IOpenFile> OpenOrThrowAsync(string text, CancellationToken cancellationToken)
    {
        if (!Capability.TryParse(text.Trim(), _verifier, out var capability))
        {
            throw Refused("This is no capability, or it is damaged: it was cut off or changed on its way.");
        }

        var ticket = capability.Ticket;
        RequireInForce(ticket);
        using var secret = SecretOf(capability);
        var head = await _heads.ReadAsync(ticket.Register, ticket.Owner, cancellationToken);
        var slot = head is not null && ShareList.TryDecode(head.Grants, out var list) ? list.Find(ticket.Id) : null;
        if (slot is null || slot.Scope != ticket.Scope)
        {
            throw Refused("This share is not in force any more: its owner has revoked it, or removed the file.");
        }

        var version = head!.Versions.FirstOrDefault(each => each.Id == slot.Version && !each.IsDeleteMarker);
        if (version is null || (ticket.Scope == ShareScope.File && version.Id != head.Readable?.Id))
        {
            throw new TransferException(DfsOutcome.NotFound, "The shared version is not there, or its owner's node has still to renew the share.");
        }

        using var key = slot.Scope == ShareScope.Version
            ? new VersionKey(secret.Span)
            : slot.TryUnwrap(secret, head.PlaceOf(EnvelopeKind.ShareSlot), out var unwrapped) ? unwrapped
            : throw Refused("This share's secret does not open the file.");
        var root = await _heads.RootAsync(version, cancellationToken);
        return Manifest.TryOpen(key, head.PlaceOf(EnvelopeKind.Manifest, version.Id), root.Span, out var manifest)
            ? new OpenFile(manifest, version.Id, transfers, parts)
            : throw Refused("This share's secret does not open the file.");
    }

    private string IdentityOrThrow()
    {
        using var owner = parts.Owner.Use();
        using var agreement = owner.CreateAgreementKey();
        return new OwnerIdentity(owner.PublicKey, agreement.PublicKey).ToText(owner.Sign);
    }

    private void RequireInForce(ShareTicket ticket)
    {
        if (ticket.HasExpired(parts.Time.GetUtcNow()))
        {
            throw Refused($"This share has expired: {DateTimeOffset.FromUnixTimeSeconds((long)ticket.ExpiresUnixSeconds):yyyy-MM-dd HH:mm:ss} UTC.");
        }

        if (parts.Layout() is { } layout && layout.Cluster != ticket.Cluster)
        {
            throw Refused($"This share is of another cluster, {ticket.Cluster}.");
        }
    }

    private ShareKey SecretOf(Capability capability)
    {
        var bytes = capability.Recipient is null ? capability.TryOpen(null) : OpenAsRecipient(capability);
        if (bytes is null)
        {
            throw Refused("This share is sealed to another recipient than this owner.");
        }

        var secret = new ShareKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return secret;
    }

    private byte[]? OpenAsRecipient(Capability capability)
    {
        using var owner = parts.Owner.Use();
        using var agreement = owner.CreateAgreementKey();
        return capability.TryOpen(agreement);
    }

    private AgreementPublicKey? RecipientOf(string? identity) => identity is null ? null
        : OwnerIdentity.TryParse(identity.Trim(), _verifier, out var parsed) ? parsed.Agreement
        : throw Refused($"The recipient is no public key: it begins with {OwnerIdentity.Prefix}, and `dfs keys identity` prints it.");

    // A share of one version gives away that version's key; one of the whole file gets a key of its own.
    private static ShareKey SecretOf(ShareScope scope, Head head, HeadVersion version, WrapKeys wraps)
    {
        if (scope == ShareScope.File)
        {
            var bytes = RandomNumberGenerator.GetBytes(SecretKey.SizeBytes);
            var fresh = new ShareKey(bytes);
            CryptographicOperations.ZeroMemory(bytes);
            return fresh;
        }

        using var key = OpenHeads.VersionKey(head, version, wraps);
        return new ShareKey(key.Span);
    }

    private ShareTicket TicketOf(ObjectKey key, ShareOptions options, Head head, HeadVersion version, OwnerPublicKey owner) => new()
    {
        Scope = options.Scope,
        Cluster = head.Cluster,
        Bucket = head.Bucket,
        Register = head.Register,
        Owner = owner,
        Version = options.Scope == ShareScope.Version ? version.Id : default,
        Id = new ShareId(RandomNumberGenerator.GetBytes(Bytes16.SizeBytes)),
        ExpiresUnixSeconds = options.Expires is { } after ? (ulong)(parts.Time.GetUtcNow() + after).ToUnixTimeSeconds() : 0,
        Name = ShareTicket.NameOf(key),
    };

    private async Task ChangeAsync(RegisterId register, OperationId operation, Func<Head?, HeadChange> change) =>
        HeadChanges.ThrowUnlessDone(await HeadChanges.ChangeAsync(parts, register, operation, (current, _) => change(current)));

    // The capability of one version has the version's key, which the owner's list need not repeat.
    private static ShareKey NoKey() => new(stackalloc byte[SecretKey.SizeBytes]);

    private static ShareInfo InfoOf(OwnShare share, string name) => new(
        share.Id.ToString(), name, share.Scope,
        share.ExpiresUnixSeconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds((long)share.ExpiresUnixSeconds));

    private static TransferException Refused(string why) => new(DfsOutcome.NotAllowed, why);

    private sealed record DisposableShare(OwnShare Share) : IDisposable
    {
        public void Dispose() => Share.Key.Dispose();
    }
}
