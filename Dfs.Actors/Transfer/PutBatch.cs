using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics;
using Dfs.Core.Primitives;
using Dfs.Core.Transfer;
using Dfs.Storage.ChunkStore;

namespace Dfs.Actors.Transfer;

/// <summary>Several small chunks in one request, and the answers to them: docs/formats/peer-endpoint.md, "Small chunks together".</summary>
internal static class PutBatch
{
    /// <summary>Before each chunk: its id, its length, for whom the receiver stands in, and the span that sends it.</summary>
    public const int EntryBytes = Bytes32.SizeBytes + sizeof(uint) + Bytes16.SizeBytes + TraceIdBytes + SpanIdBytes;

    public const int EncodedBytesMax = SmallPuts.BytesMax + (SmallPuts.ChunksMax * EntryBytes);

    private const int TraceIdBytes = 16;
    private const int SpanIdBytes = 8;
    private const int LengthAt = Bytes32.SizeBytes;
    private const int ForAt = LengthAt + sizeof(uint);
    private const int TraceAt = ForAt + Bytes16.SizeBytes;
    private const int SpanAt = TraceAt + TraceIdBytes;

    // None is zero: an answer that nobody wrote is no success.
    private const byte Stored = 1, WasThere = 2, Damaged = 3, DiskFull = 4, ReadOnly = 5;

    /// <summary>Writes a chunk behind those before it.</summary>
    /// <returns>How many bytes it takes.</returns>
    public static int Write(Span<byte> target, BatchedPut put)
    {
        put.Id.Value.CopyTo(target);
        BinaryPrimitives.WriteUInt32BigEndian(target[LengthAt..], (uint)put.Ciphertext.Length);
        (put.HandedOverFor ?? default).Value.CopyTo(target[ForAt..]);
        target[TraceAt..EntryBytes].Clear();
        if (put.Trace != default)
        {
            put.Trace.TraceId.CopyTo(target[TraceAt..SpanAt]);
            put.Trace.SpanId.CopyTo(target[SpanAt..EntryBytes]);
        }

        put.Ciphertext.Span.CopyTo(target[EntryBytes..]);
        return EntryBytes + put.Ciphertext.Length;
    }

    /// <returns>The chunks, which are parts of the bytes and not checked yet; null when these are no such request.</returns>
    public static IReadOnlyList<BatchedPut>? Decode(ReadOnlyMemory<byte> bytes)
    {
        var puts = new List<BatchedPut>();
        while (!bytes.IsEmpty)
        {
            if (puts.Count == SmallPuts.ChunksMax || bytes.Length < EntryBytes)
            {
                return null;
            }

            var entry = bytes.Span;
            var sizeBytes = BinaryPrimitives.ReadUInt32BigEndian(entry[LengthAt..]);
            if (sizeBytes > SmallPuts.ChunkBytesMax || sizeBytes > bytes.Length - EntryBytes)
            {
                return null;
            }

            puts.Add(new BatchedPut(
                new ChunkId(entry[..LengthAt]),
                bytes.Slice(EntryBytes, (int)sizeBytes),
                ReplicaOf(entry[ForAt..TraceAt]),
                TraceOf(entry[TraceAt..EntryBytes])));
            bytes = bytes[(EntryBytes + (int)sizeBytes)..];
        }

        return puts.Count > 0 ? puts : null;
    }

    /// <param name="outcome">Null: its bytes are not those that its id names.</param>
    public static byte AnswerTo(PutOutcome? outcome) => outcome switch
    {
        null => Damaged,
        PutOutcome.Stored => Stored,
        PutOutcome.AlreadyHad => WasThere,
        PutOutcome.DiskFull => DiskFull,
        _ => ReadOnly,
    };

    /// <returns>Null unless there is an answer to each.</returns>
    public static PeerOutcome? DecodeAnswers(ReadOnlySpan<byte> answers, int count)
    {
        if (answers.Length != count)
        {
            return null;
        }

        var outcomes = ImmutableArray.CreateBuilder<PeerOutcome>(count);
        foreach (var answer in answers)
        {
            outcomes.Add(answer switch
            {
                Stored => new PeerOutcome.Stored(WasThere: false),
                WasThere => new PeerOutcome.Stored(WasThere: true),
                Damaged => PeerOutcome.Corrupt.Instance,
                DiskFull => new PeerOutcome.Refused(PeerRefusal.DiskFull),
                ReadOnly => new PeerOutcome.Refused(PeerRefusal.ReadOnly),
                _ => new PeerOutcome.Refused(PeerRefusal.Malformed),
            });
        }

        return new PeerOutcome.ToEach(outcomes.MoveToImmutable());
    }

    private static ReplicaId? ReplicaOf(ReadOnlySpan<byte> id) => id.ContainsAnyExcept((byte)0) ? new ReplicaId(id) : null;

    private static ActivityContext TraceOf(ReadOnlySpan<byte> ids)
    {
        var trace = ids[..TraceIdBytes];
        var span = ids[TraceIdBytes..];
        return trace.ContainsAnyExcept((byte)0) && span.ContainsAnyExcept((byte)0)
            ? new ActivityContext(
                ActivityTraceId.CreateFromBytes(trace), ActivitySpanId.CreateFromBytes(span), ActivityTraceFlags.Recorded, isRemote: true)
            : default;
    }
}

/// <summary>One chunk of a request with several.</summary>
/// <param name="HandedOverFor">The replica that the receiver stands in for, or null.</param>
/// <param name="Trace">The recorded span that sends it; default without one.</param>
internal readonly record struct BatchedPut(ChunkId Id, ReadOnlyMemory<byte> Ciphertext, ReplicaId? HandedOverFor, ActivityContext Trace);
