using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Dfs.Actors.Catalog;
using Dfs.Actors.Tracing;
using Dfs.Actors.Trust;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.ChunkStore;
using Microsoft.AspNetCore.Http;

namespace Dfs.Actors.Transfer;

/// <summary>Answers the requests of a <see cref="PeerEndpoint"/>. Holds no state between them.</summary>
internal sealed class PeerRequests(PeerEndpointOptions options)
{
    // A pin that has to be written is a sync of its own: so many share the disk's journal.
    private const int PinsAtOnceMax = 16;

    private const int ResponsePieceBytes = 256 * 1024;

    public async Task HandleAsync(HttpContext context)
    {
        using var span = Spans.BeginPeer(context.Request, PeerProtocol.KindOf);
        try
        {
            await JudgeAsync(context);
            span?.SetTag("http.response.status_code", context.Response.StatusCode);
        }
        catch (Exception broken) when (broken is OperationCanceledException or BadHttpRequestException or IOException)
        {
            // The sender is gone, or not worth listening to.
            span?.SetStatus(ActivityStatusCode.Error);
            context.Abort();
        }
        catch (Exception defect)
        {
            span?.SetStatus(ActivityStatusCode.Error);
            options.OnDefect(defect);
            context.Abort();
        }
    }

    private Task JudgeAsync(HttpContext context)
    {
        if (PeerTls.IsNewcomer(context))
        {
            return JoinAsync(context);
        }

        if (PeerProtocol.ReadCall(context.Request.Headers) is not { } call)
        {
            return RefuseAsync(context, PeerRefusal.Malformed);
        }

        if (!PeerTls.IsSender(context, call.From))
        {
            return RefuseAsync(context, PeerRefusal.UnknownSender);
        }

        switch (options.Gate.Judge(call))
        {
            case PeerVerdict.Refused refused:
                return RefuseAsync(context, refused.Refusal);
            case PeerVerdict.StaleLayout stale:
                context.Response.StatusCode = StatusCodes.Status409Conflict;
                context.Response.Headers[PeerProtocol.LayoutHeader] = stale.Current.ToString();
                return Task.CompletedTask;
            default:
                return DispatchAsync(context, call);
        }
    }

    private Task DispatchAsync(HttpContext context, PeerCall call)
    {
        var path = context.Request.Path.Value ?? "";
        var isGet = HttpMethods.IsGet(context.Request.Method);
        if (path.StartsWith(PeerProtocol.ChunksPath, StringComparison.Ordinal)
            && ChunkId.TryParse(path.AsSpan(PeerProtocol.ChunksPath.Length), out var id))
        {
            return isGet ? GetAsync(context, id)
                : HttpMethods.IsPut(context.Request.Method) ? PutAsync(context, id)
                : RefuseAsync(context, PeerRefusal.Malformed);
        }

        if (HttpMethods.IsPost(context.Request.Method) && ChunkOf(path, PeerProtocol.ProofPath) is { } proved)
        {
            return ProveAsync(context, proved);
        }

        if (isGet && ChunkOf(path, PeerProtocol.LeavesPath) is { } chunk && PeerProtocol.ReadLeaves(context.Request.Query) is { } leaves)
        {
            return GetLeavesAsync(context, chunk, leaves.First, leaves.Count);
        }

        return path switch
        {
            PeerProtocol.TogetherPath when HttpMethods.IsPost(context.Request.Method) => PutTogetherAsync(context),
            PeerProtocol.PinsPath when HttpMethods.IsPost(context.Request.Method) => PinAsync(context),
            PeerProtocol.PingPath when isGet => Task.CompletedTask,
            PeerProtocol.EpochPath when !isGet && options.Catalog is { } catalog => RaiseEpochAsync(context, catalog),
            _ when RightOf(path) is { } right && !RoleRule.May(PeerTls.SenderOf(context), right) => RefuseRoleAsync(context, call.From, right),
            PeerProtocol.GarbagePath when HttpMethods.IsPost(context.Request.Method) => CondemnAsync(context, call),
            _ when isGet && path.StartsWith(PeerProtocol.OwnersPath, StringComparison.Ordinal)
                && OwnerId.TryParse(path.AsSpan(PeerProtocol.OwnersPath.Length), out var owner) => AnswerEpochsAsync(context, owner),
            PeerProtocol.RevokedPath when options.Trust is { } trust => isGet ? AnswerBytesAsync(context, trust.Revoked.Encode()) : TakeRevokedAsync(context, trust),
            PeerProtocol.CertificatePath when HttpMethods.IsPost(context.Request.Method) => RenewAsync(context),
            PeerProtocol.EndorsePath when !isGet && options.EndorseLayout is { } endorse => EndorseAsync(context, endorse),
            PeerProtocol.SignPath when !isGet && options.SignLayout is { } sign => SignLayoutAsync(context, sign),
            PeerProtocol.ProgressPath when !isGet => PeerReports.TakeProgressAsync(context, call, options),
            _ when HttpMethods.IsPut(context.Request.Method) && options.Catalog is { } catalog && PartitionOf(path, PeerProtocol.PartitionRowsPath) is { } left =>
                PeerReports.TakeRowsAsync(context, call, left, options, catalog),
            PeerProtocol.ChangesPath when isGet && options.Catalog is { } catalog => AnswerChangesAsync(context, catalog),
            _ when isGet && options.Catalog is { } catalog && PartitionOf(path, PeerProtocol.PartitionRowsPath) is { } partition =>
                AnswerRowsAsync(context, catalog, partition),
            _ when isGet && PartitionOf(path, PeerProtocol.PartitionChunksPath) is { } partition => ListAsync(context, partition),
            _ => RefuseAsync(context, PeerRefusal.Malformed),
        };
    }

    private static RoleRight? RightOf(string path) => path switch
    {
        PeerProtocol.EndorsePath or PeerProtocol.SignPath => RoleRight.AskLayoutSignatures,
        PeerProtocol.GarbagePath => RoleRight.CollectGarbage,
        _ when path.StartsWith(PeerProtocol.OwnersPath, StringComparison.Ordinal) => RoleRight.AskOwners,
        _ => null,
    };

    private Task RefuseRoleAsync(HttpContext context, ReplicaId sender, RoleRight right)
    {
        TrustMetrics.Refused(NodeTrust.Peers, TrustVerdict.WrongRole);
        options.OnRoleRefused(sender, right);
        return RefuseAsync(context, PeerRefusal.WrongRole);
    }

    // The one thing that is answered to somebody without a certificate.
    private async Task JoinAsync(HttpContext context)
    {
        if (context.Request.Path.Value != PeerJoin.JoinPath || options.Admission is not { } admission)
        {
            await RefuseAsync(context, PeerRefusal.Malformed);
        }
        else if (HttpMethods.IsGet(context.Request.Method))
        {
            await AnswerBytesAsync(context, admission.AuthorityCertificate);
        }
        else
        {
            var (received, refusal) = await PeerBody.ReceiveAsync(context, Admission.RequestBytesMax, options);
            using var body = received;
            if (body is null)
            {
                await RefuseAsync(context, refusal);
                return;
            }

            var (certificate, verdict) = admission.Join(body.Bytes.Span);
            if (certificate is not null)
            {
                await AnswerBytesAsync(context, certificate);
                return;
            }

            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            context.Response.Headers[PeerProtocol.RefusalHeader] = verdict.ToString();
        }
    }

    private async Task TakeRevokedAsync(HttpContext context, NodeTrust trust)
    {
        var (received, refusal) = await PeerBody.ReceiveAsync(context, Revocations.BytesMax, options);
        using var body = received;
        if (body is null || !trust.Take(body.Bytes.ToArray()))
        {
            await RefuseAsync(context, body is null ? refusal : PeerRefusal.Malformed);
        }
    }

    private async Task EndorseAsync(HttpContext context, Func<NodeIdentity?, ReadOnlyMemory<byte>, LayoutAnswer> endorse)
    {
        var (received, refusal) = await PeerBody.ReceiveAsync(context, Layout.EncodedBytesMax, options);
        using var body = received;
        if (body is null)
        {
            await RefuseAsync(context, refusal);
            return;
        }

        await AnswerBytesAsync(context, endorse(PeerTls.SenderOf(context), body.Bytes).Encode());
    }

    private static async Task SignLayoutAsync(HttpContext context, Func<NodeIdentity?, CancellationToken, Task<LayoutAnswer>> sign) =>
        await AnswerBytesAsync(context, (await sign(PeerTls.SenderOf(context), context.RequestAborted)).Encode());

    private async Task RenewAsync(HttpContext context)
    {
        if (options.Admission is not { } admission || PeerTls.SenderOf(context) is not { } sender || context.Connection.ClientCertificate is not { } shown)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var (received, refusal) = await PeerBody.ReceiveAsync(context, JoinRequest.BytesMax, options);
        using var body = received;
        if (body is not null && admission.Renew(sender, shown, body.Bytes.Span) is { } certificate)
        {
            await AnswerBytesAsync(context, certificate);
            return;
        }

        await RefuseAsync(context, body is null ? refusal : PeerRefusal.Malformed);
    }

    private static async Task RaiseEpochAsync(HttpContext context, CatalogStore catalog)
    {
        if (PeerProtocol.ParseNumber(context.Request.Query[PeerProtocol.RaiseQuery].ToString()) is not { } epoch
            || !EpochFact.CanBe(new Epoch(epoch), catalog.Epoch))
        {
            await RefuseAsync(context, PeerRefusal.Malformed);
            return;
        }

        var fact = await catalog.RaiseEpochAsync(new Epoch(epoch));
        await AnswerBytesAsync(context, PeerProtocol.EncodeNumbers(fact.Current.Value, fact.First.Value));
    }

    private async Task CondemnAsync(HttpContext context, PeerCall call)
    {
        var (received, refusal) = await PeerBody.ReceiveAsync(context, PeerProtocol.IdsPerPageMax * Bytes32.SizeBytes, options);
        using var body = received;
        if (body is null || PeerProtocol.DecodeIds(body.Bytes.Span) is not { } ids || GarbagePage.Read(context.Request.Query, ids) is not { } page)
        {
            await RefuseAsync(context, body is null ? refusal : PeerRefusal.Malformed);
        }
        else if (await options.Condemn(call, page, context.RequestAborted) is { } totals)
        {
            await AnswerBytesAsync(context, PeerProtocol.EncodeNumbers(
                (ulong)totals.RestingChunks, (ulong)totals.RestingBytes, (ulong)totals.FreedChunks, (ulong)totals.FreedBytes));
        }
        else
        {
            await RefuseAsync(context, PeerRefusal.Busy);
        }
    }

    /// <summary>Whatever a directory holds is pinned at an epoch that it knows: so its own epoch protects what it hands on.</summary>
    /// <returns>False for one that is too far ahead to be true.</returns>
    private async ValueTask<bool> LearnAsync(Epoch pin)
    {
        if (options.Catalog is not { } catalog || pin.CompareTo(catalog.Epoch) <= 0)
        {
            return true;
        }

        if (!EpochFact.CanBe(pin, catalog.Epoch))
        {
            return false;
        }

        await catalog.RaiseEpochAsync(pin);
        return true;
    }

    private Task AnswerEpochsAsync(HttpContext context, OwnerId owner)
    {
        if (options.EpochsOf(owner) is { } epochs)
        {
            return AnswerBytesAsync(context, epochs.Encode());
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static async Task AnswerChangesAsync(HttpContext context, CatalogStore catalog)
    {
        if (PeerProtocol.ParseNumber(context.Request.Query[PeerProtocol.AfterQuery].ToString()) is not { } after)
        {
            await RefuseAsync(context, PeerRefusal.Malformed);
            return;
        }

        var asked = context.Request.Query[PeerProtocol.FeedQuery].ToString();
        var feed = PeerProtocol.ParseFeed(asked);
        if (asked.Length > 0 && feed is null)
        {
            await RefuseAsync(context, PeerRefusal.Malformed);
            return;
        }

        var page = await catalog.ReadChangesAsync(after, RowPages.RowsMax, feed);
        if (ReferenceEquals(page, ChangePage.Elsewhere))
        {
            context.Response.StatusCode = StatusCodes.Status410Gone;
            return;
        }

        context.Response.Headers[PeerProtocol.FeedHeader] = page.Feed.ToString();
        await AnswerBytesAsync(context, RowPages.Encode(page));
    }

    private static async Task AnswerRowsAsync(HttpContext context, CatalogStore catalog, PartitionId partition)
    {
        RegisterId? after = RegisterId.TryParse(context.Request.Query[PeerProtocol.AfterQuery].ToString(), out var last) ? last : null;
        await AnswerBytesAsync(context, RowPages.Encode(await catalog.ReadPartitionAsync(partition, after, RowPages.RowsMax)));
    }

    internal static async Task AnswerBytesAsync(HttpContext context, byte[] bytes)
    {
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private async Task PutAsync(HttpContext context, ChunkId id)
    {
        var headers = context.Request.Headers;
        var isHandedOver = ReplicaId.TryParse(headers[PeerProtocol.ForHeader].ToString(), out var meant);
        if (PeerProtocol.ReadPin(headers) is not { } pin || !await LearnAsync(pin)
            || (!isHandedOver && headers.ContainsKey(PeerProtocol.ForHeader)))
        {
            await RefuseAsync(context, PeerRefusal.Malformed);
            return;
        }

        var (received, refusal) = await PeerBody.ReceiveAsync(context, PeerProtocol.ChunkSizeBytesMax, options, isChunk: true);
        using var body = received;
        if (body is null)
        {
            await RefuseAsync(context, refusal);
        }
        else if (body.Leaves?.Id != id)
        {
            context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        }
        else
        {
            // From here on the chunk is stored whether or not the sender still waits: the memory must outlive the write.
            var outcome = await CommitAsync(id, body, pin);
            if (isHandedOver && outcome.IsDurable)
            {
                options.OnHandedOver(id, meant);
            }

            await AnswerPutAsync(context, outcome);
        }
    }

    private async Task PutTogetherAsync(HttpContext context)
    {
        if (PeerProtocol.ReadPin(context.Request.Headers) is { } pin && await LearnAsync(pin))
        {
            await PeerBatches.TakeAsync(context, pin, options);
        }
        else
        {
            await RefuseAsync(context, PeerRefusal.Malformed);
        }
    }

    private async Task<PutOutcome> CommitAsync(ChunkId id, PeerBody body, Epoch pin)
    {
        using var span = Spans.Begin("store commit");
        return await options.Store.PutAsync(id, body.Bytes, body.Leaves, pin, CancellationToken.None);
    }

    private static Task AnswerPutAsync(HttpContext context, PutOutcome outcome)
    {
        switch (outcome)
        {
            case PutOutcome.Stored:
                context.Response.StatusCode = StatusCodes.Status201Created;
                return Task.CompletedTask;
            case PutOutcome.AlreadyHad:
                return Task.CompletedTask;
            case PutOutcome.DiskFull:
                return RefuseAsync(context, PeerRefusal.DiskFull);
            default:
                return RefuseAsync(context, PeerRefusal.ReadOnly);
        }
    }

    private async Task GetAsync(HttpContext context, ChunkId id)
    {
        using var lease = await options.Store.ReadAsync(id, context.RequestAborted);
        if (lease is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentLength = lease.Ciphertext.Length;
        context.Response.Headers[PeerProtocol.PinHeader] = lease.Pin.ToString();
        await WriteAsync(context, lease.Ciphertext);
    }

    // Pinned first: what is proved must still be there when a head refers to it.
    private async Task ProveAsync(HttpContext context, ChunkId id)
    {
        if (PeerProtocol.ReadPin(context.Request.Headers) is not { } pin || !await LearnAsync(pin)
            || !Bytes32.TryParse(context.Request.Query[PeerProtocol.NonceQuery].ToString(), out var nonce))
        {
            await RefuseAsync(context, PeerRefusal.Malformed);
            return;
        }

        using var lease = await options.Store.PinAsync(id, pin, context.RequestAborted)
            ? await options.Store.ReadAsync(id, context.RequestAborted)
            : null;
        if (lease is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var proof = new byte[Bytes32.SizeBytes];
        PeerProtocol.Prove(nonce, lease.Ciphertext.Span, proof);
        await AnswerBytesAsync(context, proof);
    }

    private async Task GetLeavesAsync(HttpContext context, ChunkId id, int first, int count)
    {
        using var lease = await options.Store.ReadLeavesAsync(id, first, count, context.RequestAborted);
        if (lease is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var proofs = Enumerable.Range(first, count).Select(leaf => lease.Hashes.Prove(leaf).Encode()).ToList();
        context.Response.ContentLength = proofs.Sum(proof => proof.Length) + lease.Memory.Length;
        ReadOnlyMemory<byte> rest = lease.Memory;
        foreach (var proof in proofs)
        {
            await context.Response.BodyWriter.WriteAsync(proof, context.RequestAborted);
            var leaf = rest[..Math.Min(rest.Length, ChunkTree.LeafBytes)];
            await context.Response.BodyWriter.WriteAsync(leaf, context.RequestAborted);
            rest = rest[leaf.Length..];
        }
    }

    private static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> rest)
    {
        while (!rest.IsEmpty)
        {
            var piece = rest[..Math.Min(rest.Length, ResponsePieceBytes)];
            await context.Response.BodyWriter.WriteAsync(piece, context.RequestAborted);
            rest = rest[piece.Length..];
        }
    }

    private async Task PinAsync(HttpContext context)
    {
        var sizeBytesMax = PeerProtocol.IdsPerPageMax * Bytes32.SizeBytes;
        var pin = PeerProtocol.ReadPin(context.Request.Headers);
        var (received, refusal) = await PeerBody.ReceiveAsync(context, sizeBytesMax, options);
        using var body = received;
        if (pin is null || !await LearnAsync(pin.Value) || body is null || PeerProtocol.DecodeIds(body.Bytes.Span) is not { } ids)
        {
            await RefuseAsync(context, body is null ? refusal : PeerRefusal.Malformed);
            return;
        }

        var missing = new ConcurrentBag<ChunkId>();
        var degree = new ParallelOptions
        {
            MaxDegreeOfParallelism = PinsAtOnceMax,
            CancellationToken = context.RequestAborted,
        };
        await Parallel.ForEachAsync(ids, degree, async (id, cancellation) =>
        {
            if (!await options.Store.PinAsync(id, pin.Value, cancellation))
            {
                missing.Add(id);
            }
        });
        await AnswerIdsAsync(context, [.. missing.Order()]);
    }

    private async Task ListAsync(HttpContext context, PartitionId partition)
    {
        var after = context.Request.Query[PeerProtocol.AfterQuery].ToString();
        if (!ChunkId.TryParse(after, out var last) && after.Length > 0)
        {
            await RefuseAsync(context, PeerRefusal.Malformed);
            return;
        }

        var page = new List<ChunkId>();
        await foreach (var id in options.Store.ListAsync(partition, context.RequestAborted))
        {
            if (after.Length == 0 || id.CompareTo(last) > 0)
            {
                page.Add(id);
            }

            if (page.Count > PeerProtocol.IdsPerPageMax)
            {
                page.RemoveAt(PeerProtocol.IdsPerPageMax);
                context.Response.Headers[PeerProtocol.MoreHeader] = "1";
                break;
            }
        }

        await AnswerIdsAsync(context, page);
    }

    private static async Task AnswerIdsAsync(HttpContext context, IReadOnlyCollection<ChunkId> ids)
    {
        var bytes = PeerProtocol.EncodeIds(ids);
        context.Response.ContentLength = bytes.Length;
        await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
    }

    internal static Task RefuseAsync(HttpContext context, PeerRefusal refusal)
    {
        context.Response.StatusCode = PeerProtocol.StatusOf(refusal);
        context.Response.Headers[PeerProtocol.RefusalHeader] = refusal.ToString();
        if (refusal is PeerRefusal.TooSlow or PeerRefusal.TooLarge)
        {
            // Otherwise the server would wait for the rest of the body.
            context.Response.Headers.Connection = "close";
        }

        return Task.CompletedTask;
    }

    private static ChunkId? ChunkOf(string path, string what)
    {
        var (from, to) = (PeerProtocol.ChunksPath.Length, path.Length - what.Length);
        return path.StartsWith(PeerProtocol.ChunksPath, StringComparison.Ordinal)
            && path.EndsWith(what, StringComparison.Ordinal)
            && from < to
            && ChunkId.TryParse(path.AsSpan(from..to), out var id)
                ? id
                : null;
    }

    private static PartitionId? PartitionOf(string path, string what)
    {
        var (from, to) = (PeerProtocol.PartitionsPath.Length, path.Length - what.Length);
        return path.StartsWith(PeerProtocol.PartitionsPath, StringComparison.Ordinal)
            && path.EndsWith(what, StringComparison.Ordinal)
            && from < to
            && int.TryParse(path.AsSpan(from..to), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index < PartitionId.Count
                ? new PartitionId(index)
                : null;
    }
}
