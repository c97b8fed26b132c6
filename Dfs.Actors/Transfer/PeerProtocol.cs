using System.Buffers.Binary;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Microsoft.AspNetCore.Http;

namespace Dfs.Actors.Transfer;

/// <summary>Names, limits and encodings that both ends of the peer endpoint share: docs/formats/peer-endpoint.md.</summary>
public static class PeerProtocol
{
    public const string ChunksPath = "/v1/chunks/";
    public const string TogetherPath = "/v1/chunks";
    public const string LeavesPath = "/leaves";
    public const string ProofPath = "/proof";
    public const string PinsPath = "/v1/pins";
    public const string PartitionsPath = "/v1/partitions/";
    public const string PartitionChunksPath = "/chunks";
    public const string PartitionRowsPath = "/rows";
    public const string ChangesPath = "/v1/changes";
    public const string OwnersPath = "/v1/owners/";
    public const string EpochPath = "/v1/epoch";
    public const string GarbagePath = "/v1/garbage";
    public const string PingPath = "/v1/ping";
    public const string AfterQuery = "after";
    public const string FeedQuery = "feed";
    public const string FirstQuery = "first";
    public const string CountQuery = "count";
    public const string RaiseQuery = "raise";
    public const string NonceQuery = "nonce";

    public const string ClusterHeader = "Dfs-Cluster";
    public const string FromHeader = "Dfs-Replica";
    public const string RevokedPath = "/v1/revoked";

    public const string CertificatePath = "/v1/certificate";

    public const string EndorsePath = "/v1/layouts/endorse";

    public const string SignPath = "/v1/layouts/sign";

    public const string ProgressPath = "/v1/layouts/progress";

    public const string ToHeader = "Dfs-To";
    public const string LayoutHeader = "Dfs-Layout";
    public const string EpochHeader = "Dfs-Epoch";
    public const string PinHeader = "Dfs-Pin";
    public const string ForHeader = "Dfs-For";
    public const string MoreHeader = "Dfs-More";
    public const string FeedHeader = "Dfs-Feed";
    public const string RefusalHeader = "Dfs-Refusal";

    /// <summary>4 MiB, the largest chunk.</summary>
    public const int ChunkSizeBytesMax = Storage.ChunkStore.ChunkFile.ChunkSizeBytesMax;

    /// <summary>4,096 ids, 128 KiB: one page of a listing, or one request for pins.</summary>
    public const int IdsPerPageMax = 4096;

    /// <summary>What only who has the chunk at hand can answer to a nonce: SHA-256(nonce ‖ ciphertext).</summary>
    /// <param name="target">32 bytes.</param>
    internal static void Prove(Bytes32 nonce, ReadOnlySpan<byte> ciphertext, Span<byte> target)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> start = stackalloc byte[Bytes32.SizeBytes];
        nonce.CopyTo(start);
        hash.AppendData(start);
        hash.AppendData(ciphertext);
        hash.GetHashAndReset(target);
    }

    internal static void Write(HttpRequestHeaders headers, PeerCall call)
    {
        headers.TryAddWithoutValidation(ClusterHeader, call.Cluster.ToString());
        headers.TryAddWithoutValidation(FromHeader, call.From.ToString());
        headers.TryAddWithoutValidation(ToHeader, call.To.ToString());
        headers.TryAddWithoutValidation(LayoutHeader, call.Layout.ToString());
        headers.TryAddWithoutValidation(EpochHeader, call.Epoch.ToString());
    }

    /// <summary>What a request is about, in a few words that its sender cannot choose.</summary>
    internal static string KindOf(HttpRequest request)
    {
        var path = request.Path.Value ?? "";
        var what = path.StartsWith(ChunksPath, StringComparison.Ordinal)
            ? path.EndsWith(LeavesPath, StringComparison.Ordinal) ? "leaves" : path.EndsWith(ProofPath, StringComparison.Ordinal) ? "proof" : "chunk"
            : path == PinsPath ? "pins"
            : path == ChangesPath ? "changes"
            : "other";
        return HttpMethods.IsPut(request.Method) ? $"peer put {what}" : HttpMethods.IsGet(request.Method) ? $"peer get {what}" : $"peer post {what}";
    }

    internal static PeerCall? ReadCall(IHeaderDictionary headers) =>
        ClusterId.TryParse(headers[ClusterHeader].ToString(), out var cluster)
        && ReplicaId.TryParse(headers[FromHeader].ToString(), out var from)
        && ReplicaId.TryParse(headers[ToHeader].ToString(), out var to)
        && ParseNumber(headers[LayoutHeader].ToString()) is { } layout
        && ParseNumber(headers[EpochHeader].ToString()) is { } epoch
            ? new PeerCall(cluster, from, to, new LayoutNumber(layout), new Epoch(epoch))
            : null;

    internal static Epoch? ReadPin(IHeaderDictionary headers) =>
        ParseNumber(headers[PinHeader].ToString()) is { } pin ? new Epoch(pin) : null;

    internal static ulong? ParseNumber(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    internal static Bytes16? ParseFeed(string text) => Bytes16.TryParse(text, out var feed) ? feed : default(Bytes16?);

    /// <summary>The leaves that a query asks for; null when it names none that a chunk can have.</summary>
    internal static (int First, int Count)? ReadLeaves(IQueryCollection query) =>
        ParseNumber(query[FirstQuery].ToString()) is { } first and < ChunkTree.LeavesMax
        && ParseNumber(query[CountQuery].ToString()) is { } count and > 0 and <= ChunkTree.LeavesMax
            ? ((int)first, (int)count)
            : null;

    /// <summary>Numbers of eight bytes, big-endian.</summary>
    internal static byte[] EncodeNumbers(params ReadOnlySpan<ulong> numbers)
    {
        var bytes = new byte[numbers.Length * sizeof(ulong)];
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * sizeof(ulong)), numbers[i]);
        }

        return bytes;
    }

    /// <returns>Empty when it is no whole number of them, or one is beyond a long.</returns>
    internal static ulong[] DecodeNumbers(ReadOnlySpan<byte> bytes)
    {
        var numbers = new ulong[bytes.Length % sizeof(ulong) == 0 ? bytes.Length / sizeof(ulong) : 0];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadUInt64BigEndian(bytes[(i * sizeof(ulong))..]);
        }

        return numbers.All(number => number <= long.MaxValue) ? numbers : [];
    }

    internal static byte[] EncodeIds(IReadOnlyCollection<ChunkId> ids)
    {
        var bytes = new byte[ids.Count * Bytes32.SizeBytes];
        var at = 0;
        foreach (var id in ids)
        {
            id.Value.CopyTo(bytes.AsSpan(at));
            at += Bytes32.SizeBytes;
        }

        return bytes;
    }

    /// <returns>Null when it is no whole number of ids, or too many.</returns>
    internal static ChunkId[]? DecodeIds(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % Bytes32.SizeBytes != 0 || bytes.Length > IdsPerPageMax * Bytes32.SizeBytes)
        {
            return null;
        }

        var ids = new ChunkId[bytes.Length / Bytes32.SizeBytes];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = new ChunkId(bytes.Slice(i * Bytes32.SizeBytes, Bytes32.SizeBytes));
        }

        return ids;
    }

    internal static int StatusOf(PeerRefusal refusal) => refusal switch
    {
        PeerRefusal.WrongCluster or PeerRefusal.UnknownSender or PeerRefusal.WrongRole => StatusCodes.Status403Forbidden,
        PeerRefusal.WrongReplica => StatusCodes.Status421MisdirectedRequest,
        PeerRefusal.DiskFull => StatusCodes.Status507InsufficientStorage,
        PeerRefusal.ReadOnly or PeerRefusal.Busy or PeerRefusal.Behind => StatusCodes.Status503ServiceUnavailable,
        PeerRefusal.TooLarge => StatusCodes.Status413PayloadTooLarge,
        PeerRefusal.TooSlow => StatusCodes.Status408RequestTimeout,
        _ => StatusCodes.Status400BadRequest,
    };
}
