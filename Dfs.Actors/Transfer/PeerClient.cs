using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Dfs.Actors.Catalog;
using Dfs.Actors.Tracing;
using Dfs.Actors.Trust;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Transfer;
using Dfs.Core.Trust;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;

namespace Dfs.Actors.Transfer;

/// <summary>Calls the peer endpoints of other nodes; keeps a pool of connections to each.</summary>
/// <remarks>
/// One per node, safe for many callers. Every call ends within its bounds with an outcome; only the caller's own
/// cancellation throws. Asks nothing twice: whoever calls knows which replica to try next. A put that was not answered may
/// have been stored.
/// </remarks>
public sealed class PeerClient : IDisposable
{
    /// <summary>8 KiB: eight times a certificate with one address.</summary>
    private const int CertificateBytesMax = 8 * 1024;

    private readonly PeerClientOptions _options;
    private readonly BufferPool _buffers;
    private readonly HttpMessageInvoker _http;
    private readonly ConcurrentDictionary<string, PutLane> _lanes = new();
    private readonly ConcurrentDictionary<string, ChunkLane> _there = new(), _back = new();

    /// <summary>What was sent together.</summary>
    public TogetherCounters Together { get; } = new();

    /// <param name="buffers">Where chunks that are read end up.</param>
    /// <param name="trust">Null for plain connections.</param>
    public PeerClient(PeerClientOptions options, BufferPool buffers, NodeTrust? trust = null)
    {
        (_options, _buffers) = (options, buffers);
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellation) => trust is null
                ? new NetworkStream(await PeerSockets.ConnectAsync(context.DnsEndPoint, cancellation), ownsSocket: true)
                : await PeerTls.ConnectAsync(trust, context, cancellation),
            ConnectTimeout = options.ConnectMax,
            MaxConnectionsPerServer = options.ConnectionsPerPeerMax,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
        });
    }

    /// <summary>Answered with <see cref="PeerOutcome.Stored"/>. Sending twice is harmless.</summary>
    /// <remarks>
    /// A small chunk waits while others are under way to the peer, and then goes together with those that wait, too: <see cref="SmallPuts"/>.
    /// A large one waits while the link has enough to carry: <see cref="TransferWindow"/>.
    /// </remarks>
    /// <param name="ciphertext">Is not read any more once the call has ended, however it ended.</param>
    /// <param name="handedOverFor">The replica that this one stands in for, or null.</param>
    /// <param name="moved">Told of bytes that moved slowly: <see cref="SlowLinks"/>.</param>
    public Task<PeerOutcome> PutAsync(
        Uri peer,
        PeerCall call,
        ChunkId id,
        ReadOnlyMemory<byte> ciphertext,
        Epoch pin,
        ReplicaId? handedOverFor,
        CancellationToken cancellation,
        Action? moved = null) =>
        ciphertext.Length > SmallPuts.ChunkBytesMax
            ? LaneOf(_there, peer).RunAsync(moved, turn => PutAloneAsync(peer, call, id, ciphertext, pin, handedOverFor, turn.SayMoved, cancellation, turn), cancellation)
            : _lanes.GetOrAdd(peer.Authority, static (_, to) => new PutLane(to.Peer, to.Client, to.Client._options), (Peer: peer, Client: this)).PutAsync(
                new WaitingPut(call, id, ciphertext, pin, handedOverFor, moved),
                moved => PutAloneAsync(peer, call, id, ciphertext, pin, handedOverFor, moved, cancellation),
                cancellation);

    private Task<PeerOutcome> PutAloneAsync(
        Uri peer,
        PeerCall call,
        ChunkId id,
        ReadOnlyMemory<byte> ciphertext,
        Epoch pin,
        ReplicaId? handedOverFor,
        Action moved,
        CancellationToken cancellation,
        ChunkTurn? turn = null)
    {
        var request = RequestOf(HttpMethod.Put, peer, PeerProtocol.ChunksPath + id, call);
        request.Headers.TryAddWithoutValidation(PeerProtocol.PinHeader, pin.ToString());
        if (handedOverFor is { } meant)
        {
            request.Headers.TryAddWithoutValidation(PeerProtocol.ForHeader, meant.ToString());
        }

        return CallAsync(request, ciphertext, static (response, _) => Task.FromResult<PeerOutcome?>(
            response.StatusCode switch
            {
                HttpStatusCode.Created => new PeerOutcome.Stored(WasThere: false),
                HttpStatusCode.OK => new PeerOutcome.Stored(WasThere: true),
                HttpStatusCode.UnprocessableEntity => PeerOutcome.Corrupt.Instance,
                _ => null,
            }), cancellation, moved, turn);
    }

    /// <summary>Answered with <see cref="PeerOutcome.ToEach"/>.</summary>
    /// <param name="body">Several chunks as <see cref="PutBatch"/> writes them.</param>
    internal async Task<PeerOutcome> PutTogetherAsync(
        Uri peer, PeerCall call, Epoch pin, ReadOnlyMemory<byte> body, int count, CancellationToken cancellation, Action? moved = null)
    {
        var request = RequestOf(HttpMethod.Post, peer, PeerProtocol.TogetherPath, call);
        request.Headers.TryAddWithoutValidation(PeerProtocol.PinHeader, pin.ToString());
        var outcome = await CallAsync(request, body, (response, watch) => PeerAnswers.PageAsync(
            response, watch, answers => PutBatch.DecodeAnswers(answers, count), SmallPuts.ChunksMax), cancellation, moved);
        Together.Add(outcome is PeerOutcome.ToEach ? count : 0);
        return outcome;
    }

    /// <summary>
    /// Asks whether the peer has a chunk, and believes it only when it proves that: answered with <see cref="PeerOutcome.Stored"/>,
    /// <see cref="PeerOutcome.NotFound"/>, or <see cref="PeerOutcome.Corrupt"/> when it has something else. Sending twice is harmless.
    /// </summary>
    /// <param name="ciphertext">Is not sent.</param>
    public Task<PeerOutcome> ProveAsync(
        Uri peer, PeerCall call, ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin, CancellationToken cancellation)
    {
        var nonce = new Bytes32(RandomNumberGenerator.GetBytes(Bytes32.SizeBytes));
        var path = $"{PeerProtocol.ChunksPath}{id}{PeerProtocol.ProofPath}?{PeerProtocol.NonceQuery}={nonce}";
        var request = RequestOf(HttpMethod.Post, peer, path, call);
        request.Headers.TryAddWithoutValidation(PeerProtocol.PinHeader, pin.ToString());
        return CallAsync(request, ReadOnlyMemory<byte>.Empty, async (response, watch) => response.StatusCode switch
        {
            HttpStatusCode.OK => await PeerAnswers.IsProvedAsync(response, nonce, ciphertext, watch) ? new PeerOutcome.Stored(WasThere: true) : PeerOutcome.Corrupt.Instance,
            HttpStatusCode.NotFound => PeerOutcome.NotFound.Instance,
            _ => null,
        }, cancellation);
    }

    /// <summary>Answered with <see cref="PeerOutcome.Found"/> or <see cref="PeerOutcome.NotFound"/>.</summary>
    /// <param name="moved">Told of bytes that moved slowly: <see cref="SlowLinks"/>.</param>
    /// <param name="sizeBytes">What the chunk should have, where that is known: a large one waits while the link has enough to carry.</param>
    public Task<PeerOutcome> GetAsync(Uri peer, PeerCall call, ChunkId id, CancellationToken cancellation, Action? moved = null, int sizeBytes = 0) =>
        sizeBytes > SmallPuts.ChunkBytesMax
            ? LaneOf(_back, peer).RunAsync(moved, turn => GetAsync(peer, call, id, turn.SayMoved, turn, cancellation), cancellation)
            : GetAsync(peer, call, id, moved, null, cancellation);

    private Task<PeerOutcome> GetAsync(Uri peer, PeerCall call, ChunkId id, Action? moved, ChunkTurn? turn, CancellationToken cancellation)
    {
        var request = RequestOf(HttpMethod.Get, peer, PeerProtocol.ChunksPath + id, call);
        return CallAsync(request, null, async (response, watch) => response.StatusCode switch
        {
            HttpStatusCode.OK => await PeerAnswers.ChunkAsync(response, id, _buffers, watch),
            HttpStatusCode.NotFound => PeerOutcome.NotFound.Instance,
            _ => null,
        }, cancellation, moved, turn);
    }

    /// <summary>Answered with <see cref="PeerOutcome.FoundLeaves"/> or <see cref="PeerOutcome.NotFound"/>.</summary>
    /// <param name="chunkSizeBytes">As the manifest says; leaves of a chunk of another size are no answer.</param>
    /// <param name="moved">Told of bytes that moved slowly: <see cref="SlowLinks"/>.</param>
    public Task<PeerOutcome> GetLeavesAsync(
        Uri peer, PeerCall call, ChunkId id, int chunkSizeBytes, int first, int count, CancellationToken cancellation, Action? moved = null)
    {
        var query = $"?{PeerProtocol.FirstQuery}={first}&{PeerProtocol.CountQuery}={count}";
        var request = RequestOf(HttpMethod.Get, peer, $"{PeerProtocol.ChunksPath}{id}{PeerProtocol.LeavesPath}{query}", call);
        return CallAsync(request, null, async (response, watch) => response.StatusCode switch
        {
            HttpStatusCode.OK => await PeerLeaves.ReceiveAsync(response, id, chunkSizeBytes, first, count, _buffers, watch),
            HttpStatusCode.NotFound => PeerOutcome.NotFound.Instance,
            _ => null,
        }, cancellation, moved);
    }

    /// <summary>Answered with <see cref="PeerOutcome.Pinned"/>. Sending twice is harmless.</summary>
    /// <param name="ids">At most <see cref="PeerProtocol.IdsPerPageMax"/>.</param>
    public Task<PeerOutcome> PinAsync(
        Uri peer, PeerCall call, IReadOnlyCollection<ChunkId> ids, Epoch pin, CancellationToken cancellation)
    {
        Invariant.Holds(ids.Count <= PeerProtocol.IdsPerPageMax, $"the ids fit one request ({ids.Count})");
        var request = RequestOf(HttpMethod.Post, peer, PeerProtocol.PinsPath, call);
        request.Headers.TryAddWithoutValidation(PeerProtocol.PinHeader, pin.ToString());
        return CallAsync(request, PeerProtocol.EncodeIds(ids), (response, watch) => PeerAnswers.IdsAsync(
            response, watch, static (_, missing) => new PeerOutcome.Pinned(missing)), cancellation);
    }

    /// <summary>Answered with <see cref="PeerOutcome.Listed"/>.</summary>
    /// <param name="after">The last id of the page before, or null for the first.</param>
    public Task<PeerOutcome> ListAsync(
        Uri peer, PeerCall call, PartitionId partition, ChunkId? after, CancellationToken cancellation)
    {
        var path = $"{PeerProtocol.PartitionsPath}{partition}{PeerProtocol.PartitionChunksPath}";
        var query = after is { } last ? $"?{PeerProtocol.AfterQuery}={last}" : "";
        var request = RequestOf(HttpMethod.Get, peer, path + query, call);
        return CallAsync(request, null, (response, watch) => PeerAnswers.IdsAsync(
            response,
            watch,
            (response, ids) => response.Headers.Contains(PeerProtocol.MoreHeader) is var hasMore && PageOrder.GoesOn(ids, partition, after, hasMore)
                ? new PeerOutcome.Listed(ids, hasMore)
                : PeerOutcome.Corrupt.Instance),
            cancellation);
    }

    /// <summary>Answered with <see cref="PeerOutcome.Changes"/>.</summary>
    /// <param name="after">The cursor of the page before, or 0.</param>
    /// <param name="feed">
    /// What that page said that the feed is called: where the cursor is none of the peer's history, the answer is <see cref="ChangePage.Elsewhere"/>.
    /// Null leaves it unchecked.
    /// </param>
    public Task<PeerOutcome> ReadChangesAsync(Uri peer, PeerCall call, ulong after, CancellationToken cancellation, Bytes16? feed = null)
    {
        var query = $"?{PeerProtocol.AfterQuery}={after}{(feed is { } name ? $"&{PeerProtocol.FeedQuery}={name}" : "")}";
        return CallAsync(
            RequestOf(HttpMethod.Get, peer, PeerProtocol.ChangesPath + query, call), null,
            async (response, watch) => feed is not null && response.StatusCode == HttpStatusCode.Gone
                ? new PeerOutcome.Changes(ChangePage.Elsewhere)
                : await PeerAnswers.PageAsync(
                    response, watch, bytes => RowPages.DecodeChanges(bytes) is { } page && PageOrder.GoesOn(page, after)
                        ? new PeerOutcome.Changes(page with { Feed = PeerAnswers.FeedOf(response) })
                        : null),
            cancellation);
    }

    /// <summary>Answered with <see cref="PeerOutcome.Rows"/>.</summary>
    /// <param name="after">The last register of the page before, or null for the first.</param>
    public Task<PeerOutcome> ReadRowsAsync(
        Uri peer, PeerCall call, PartitionId partition, RegisterId? after, CancellationToken cancellation)
    {
        var path = $"{PeerProtocol.PartitionsPath}{partition}{PeerProtocol.PartitionRowsPath}";
        var query = after is { } last ? $"?{PeerProtocol.AfterQuery}={last}" : "";
        return CallAsync(
            RequestOf(HttpMethod.Get, peer, path + query, call), null,
            (response, watch) => PeerAnswers.PageAsync(
                response, watch, bytes => RowPages.DecodePartition(bytes) is { } page && PageOrder.GoesOn(page, partition, after)
                    ? new PeerOutcome.Rows(page)
                    : null),
            cancellation);
    }

    /// <summary>Answered with <see cref="PeerOutcome.RowsTaken"/>, after they are durable there. Sending twice is harmless.</summary>
    /// <param name="page">At most <see cref="RowPages.HandedBackBytesMax"/> of the partition's rows, by rising id.</param>
    public Task<PeerOutcome> HandBackRowsAsync(Uri peer, PeerCall call, PartitionId partition, ReadOnlyMemory<byte> page, CancellationToken cancellation) =>
        CallAsync(
            RequestOf(HttpMethod.Put, peer, $"{PeerProtocol.PartitionsPath}{partition}{PeerProtocol.PartitionRowsPath}", call), page,
            static (response, watch) => PeerAnswers.SmallAsync(
                response, watch, bytes => PeerProtocol.DecodeNumbers(bytes) is [var taken] && taken <= RowPages.RowsMax
                    ? new PeerOutcome.RowsTaken((int)taken)
                    : null),
            cancellation);

    /// <summary>Answered with <see cref="PeerOutcome.Alive"/>. Sending twice is harmless.</summary>
    /// <param name="report">Of the caller itself, about the layout of the call.</param>
    public Task<PeerOutcome> TellProgressAsync(Uri peer, PeerCall call, ReadOnlyMemory<byte> report, CancellationToken cancellation) =>
        CallAsync(RequestOf(HttpMethod.Post, peer, PeerProtocol.ProgressPath, call), report, static (response, _) =>
            Task.FromResult<PeerOutcome?>(response.StatusCode == HttpStatusCode.OK ? PeerOutcome.Alive.Instance : null), cancellation);

    /// <summary>Answered with <see cref="PeerOutcome.Epochs"/>, or <see cref="PeerOutcome.NotFound"/> when it does not serve the owner.</summary>
    public Task<PeerOutcome> AskEpochsAsync(Uri peer, PeerCall call, OwnerId owner, CancellationToken cancellation) =>
        CallAsync(
            RequestOf(HttpMethod.Get, peer, $"{PeerProtocol.OwnersPath}{owner}", call), null,
            static async (response, watch) => response.StatusCode == HttpStatusCode.NotFound
                ? PeerOutcome.NotFound.Instance
                : await PeerAnswers.SmallAsync(response, watch, bytes => OwnerEpochs.TryDecode(bytes, out var epochs) ? new PeerOutcome.Epochs(epochs) : null),
            cancellation);

    /// <summary>Answered with <see cref="PeerOutcome.EpochIs"/>, after it is durable there. Sending twice is harmless.</summary>
    /// <param name="raiseTo">One that it knows, or a lower one, changes nothing.</param>
    public Task<PeerOutcome> RaiseEpochAsync(Uri peer, PeerCall call, Epoch raiseTo, CancellationToken cancellation) =>
        CallAsync(
            RequestOf(HttpMethod.Post, peer, $"{PeerProtocol.EpochPath}?{PeerProtocol.RaiseQuery}={raiseTo}", call), ReadOnlyMemory<byte>.Empty,
            static (response, watch) => PeerAnswers.SmallAsync(
                response, watch, bytes => PeerProtocol.DecodeNumbers(bytes) is [var current, var first]
                    ? new PeerOutcome.EpochIs(new EpochFact(new Epoch(current), new Epoch(first)))
                    : null),
            cancellation);

    /// <summary>Answered with <see cref="PeerOutcome.Condemned"/>.</summary>
    /// <param name="page">Its ids at most <see cref="PeerProtocol.IdsPerPageMax"/>.</param>
    public Task<PeerOutcome> CondemnAsync(Uri peer, PeerCall call, GarbagePage page, CancellationToken cancellation) =>
        CallAsync(
            RequestOf(HttpMethod.Post, peer, PeerProtocol.GarbagePath + page.Query(), call), PeerProtocol.EncodeIds(page.Ids),
            static (response, watch) => PeerAnswers.SmallAsync(
                response, watch, content => PeerProtocol.DecodeNumbers(content) is [var chunks, var bytes, var freed, var freedBytes]
                    ? new PeerOutcome.Condemned(new GarbageTotals((long)chunks, (long)bytes, (long)freed, (long)freedBytes))
                    : null),
            cancellation);

    /// <summary>Answered with <see cref="PeerOutcome.Answered"/>: the lists of the expelled, empty when there are none.</summary>
    public Task<PeerOutcome> AskRevokedAsync(Uri peer, PeerCall call, CancellationToken cancellation) => CallAsync(
        RequestOf(HttpMethod.Get, peer, PeerProtocol.RevokedPath, call), null,
        static (response, watch) => PeerAnswers.BytesAsync(response, Revocations.BytesMax, watch), cancellation);

    /// <summary>Answered with <see cref="PeerOutcome.Alive"/>, after it is durable there. Sending twice is harmless.</summary>
    public Task<PeerOutcome> TellRevokedAsync(Uri peer, PeerCall call, ReadOnlyMemory<byte> list, CancellationToken cancellation) =>
        CallAsync(RequestOf(HttpMethod.Put, peer, PeerProtocol.RevokedPath, call), list, static (response, _) =>
            Task.FromResult<PeerOutcome?>(response.StatusCode == HttpStatusCode.OK ? PeerOutcome.Alive.Instance : null), cancellation);

    /// <summary>Answered with <see cref="PeerOutcome.Answered"/>, a certificate, or <see cref="PeerOutcome.NotFound"/> by who has no authority.</summary>
    public Task<PeerOutcome> RenewAsync(Uri peer, PeerCall call, ReadOnlyMemory<byte> request, CancellationToken cancellation) => CallAsync(
        RequestOf(HttpMethod.Post, peer, PeerProtocol.CertificatePath, call), request,
        static (response, watch) => response.StatusCode == HttpStatusCode.NotFound
            ? Task.FromResult<PeerOutcome?>(PeerOutcome.NotFound.Instance)
            : PeerAnswers.BytesAsync(response, CertificateBytesMax, watch), cancellation);

    /// <summary>Answered with <see cref="PeerOutcome.Answered"/>, a <see cref="LayoutAnswer"/>. Sending twice is harmless.</summary>
    public Task<PeerOutcome> EndorseLayoutAsync(Uri peer, PeerCall call, ReadOnlyMemory<byte> layout, CancellationToken cancellation) => CallAsync(
        RequestOf(HttpMethod.Post, peer, PeerProtocol.EndorsePath, call), layout,
        static (response, watch) => PeerAnswers.BytesAsync(response, LayoutAnswer.BytesMax, watch), cancellation);

    /// <summary>As <see cref="EndorseLayoutAsync"/>, after the pledge is durable there.</summary>
    public Task<PeerOutcome> SignLayoutAsync(Uri peer, PeerCall call, CancellationToken cancellation) => CallAsync(
        RequestOf(HttpMethod.Post, peer, PeerProtocol.SignPath, call), ReadOnlyMemory<byte>.Empty,
        static (response, watch) => PeerAnswers.BytesAsync(response, LayoutAnswer.BytesMax, watch), cancellation);

    /// <summary>Answered with <see cref="PeerOutcome.Alive"/>.</summary>
    public Task<PeerOutcome> PingAsync(Uri peer, PeerCall call, CancellationToken cancellation) =>
        CallAsync(RequestOf(HttpMethod.Get, peer, PeerProtocol.PingPath, call), null, static (response, _) =>
            Task.FromResult<PeerOutcome?>(
                response.StatusCode == HttpStatusCode.OK ? PeerOutcome.Alive.Instance : null), cancellation);

    /// <summary>Answered with <see cref="PeerOutcome.Time"/>.</summary>
    public Task<PeerOutcome> AskTimeAsync(Uri peer, PeerCall call, CancellationToken cancellation) =>
        CallAsync(RequestOf(HttpMethod.Get, peer, PeerProtocol.PingPath, call), null, static (response, _) =>
            Task.FromResult<PeerOutcome?>(
                response is { StatusCode: HttpStatusCode.OK, Headers.Date: { } now } ? new PeerOutcome.Time(now) : null), cancellation);

    public void Dispose() => _http.Dispose();

    private ChunkLane LaneOf(ConcurrentDictionary<string, ChunkLane> lanes, Uri peer) =>
        lanes.GetOrAdd(peer.Authority, static (_, options) => new ChunkLane(options), _options);

    private static HttpRequestMessage RequestOf(HttpMethod method, Uri peer, string path, PeerCall call)
    {
        var request = new HttpRequestMessage(method, new Uri(peer, path)) { Version = HttpVersion.Version11 };
        PeerProtocol.Write(request.Headers, call);
        return request;
    }

    private async Task<PeerOutcome> CallAsync(
        HttpRequestMessage request,
        ReadOnlyMemory<byte>? body,
        Func<HttpResponseMessage, ProgressWatch, Task<PeerOutcome?>> receive,
        CancellationToken cancellation,
        Action? moved = null,
        ChunkTurn? turn = null)
    {
        using var sent = request;
        if (Spans.CurrentSpan is { } span)
        {
            request.Headers.TryAddWithoutValidation(Spans.Header, Spans.TextOf(span.Context));
        }

        using var watch = new ProgressWatch(_options.IdleMax, _options.CallMax, cancellation, moved);
        var content = body is { } bytes ? new PeerContent(bytes, watch) : null;
        request.Content = content;
        try
        {
            using var response = await _http.SendAsync(request, watch.Token);
            watch.Progress();
            return await receive(response, watch) ?? PeerAnswers.RefusalOf(response);
        }
        // Ended by the watch; or by nobody here, when the other end did not even take the connection within its time.
        catch (OperationCanceledException) when (watch.IsExpired || !cancellation.IsCancellationRequested)
        {
            return PeerOutcome.TimedOut.Instance;
        }
        // The bare one of sockets: a connection that was made, and reset before anything was sent.
        catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException)
        {
            cancellation.ThrowIfCancellationRequested();
            return watch.IsExpired ? PeerOutcome.TimedOut.Instance : new PeerOutcome.Unreachable(failure.Message);
        }
        finally
        {
            turn?.Ended(watch.SeenToMoveBytes, watch.SeenToMoveFor);
            if (content is not null)
            {
                watch.Cancel();
                await content.UntilIdleAsync();
            }
        }
    }
}
