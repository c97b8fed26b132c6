using System.Diagnostics;
using Dfs.Actors.Transfer;
using Dfs.Core.Primitives;
using Dfs.Core.Transfer;
using Dfs.Storage.ChunkStore;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

/// <summary>The bytes of docs/formats/peer-endpoint.md, "Small chunks together".</summary>
public sealed class PutBatchTests
{
    private const string Golden =
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0000000600000000000000030000000000000003"
        + "101112131415161718191a1b1c1d1e1f20212223242526277365616c6564";

    private static readonly BatchedPut Sealed = new(
        new ChunkId(TestBytes.From(0)),
        "sealed"u8.ToArray(),
        new ReplicaId(new Bytes16(3, 3)),
        new ActivityContext(
            ActivityTraceId.CreateFromBytes(TestBytes.From(0x10, 16)), ActivitySpanId.CreateFromBytes(TestBytes.From(0x20, 8)), ActivityTraceFlags.Recorded, isRemote: true));

    private static readonly BatchedPut Bare = new(new ChunkId(TestBytes.From(1)), Array.Empty<byte>(), null, default);

    [Fact]
    public void The_vector_is_written_and_read()
    {
        Assert.Equal(Golden, Convert.ToHexStringLower(Written(Sealed)));

        Assert.Equal(Parts(Sealed), Parts(Assert.Single(PutBatch.Decode(Convert.FromHexString(Golden))!)));
    }

    [Fact]
    public void Chunks_stand_behind_each_other_and_what_is_not_said_is_none()
    {
        var read = PutBatch.Decode(Written(Bare, Sealed, Bare))!;

        Assert.Equal([Parts(Bare), Parts(Sealed), Parts(Bare)], read.Select(Parts));
        Assert.Null(read[0].HandedOverFor);
        Assert.Equal(default, read[0].Trace);
    }

    [Fact]
    public void What_is_none_of_the_format_is_refused()
    {
        var good = Written(Sealed, Bare);
        for (var length = 0; length < good.Length; length++)
        {
            // The first alone is a whole request.
            Assert.Equal(length == PutBatch.EntryBytes + 6, PutBatch.Decode(good.AsMemory(0, length)) is not null);
        }

        Assert.Null(PutBatch.Decode((byte[])[.. good, 0]));
        Assert.Equal(SmallPuts.ChunksMax, PutBatch.Decode(Written([.. Enumerable.Repeat(Bare, SmallPuts.ChunksMax)]))!.Count);
        Assert.Null(PutBatch.Decode(Written([.. Enumerable.Repeat(Bare, SmallPuts.ChunksMax + 1)])));
        Assert.Single(PutBatch.Decode(Written(Bare with { Ciphertext = new byte[SmallPuts.ChunkBytesMax] }))!);
        Assert.Null(PutBatch.Decode(Written(Bare with { Ciphertext = new byte[SmallPuts.ChunkBytesMax + 1] })));
        var endless = Written(Bare);
        endless.AsSpan(32, 4).Fill(0xff);
        Assert.Null(PutBatch.Decode(endless));
    }

    [Fact]
    public void Answers_are_a_byte_each_and_zero_is_none()
    {
        PutOutcome?[] outcomes =
            [PutOutcome.Stored.Instance, PutOutcome.AlreadyHad.Instance, null, PutOutcome.DiskFull.Instance, new PutOutcome.ReadOnly("it failed")];
        byte[] answers = [.. outcomes.Select(PutBatch.AnswerTo)];

        Assert.Equal([1, 2, 3, 4, 5], answers);
        Assert.Equal(
            [
                new PeerOutcome.Stored(WasThere: false), new PeerOutcome.Stored(WasThere: true), PeerOutcome.Corrupt.Instance,
                new PeerOutcome.Refused(PeerRefusal.DiskFull), new PeerOutcome.Refused(PeerRefusal.ReadOnly), new PeerOutcome.Refused(PeerRefusal.Malformed),
            ],
            Assert.IsType<PeerOutcome.ToEach>(PutBatch.DecodeAnswers([.. answers, 0], 6)).Outcomes.ToArray());
        Assert.Null(PutBatch.DecodeAnswers(answers, 4));
        Assert.Null(PutBatch.DecodeAnswers(answers, 6));
    }

    internal static byte[] Written(params BatchedPut[] puts)
    {
        var bytes = new byte[puts.Sum(put => PutBatch.EntryBytes + put.Ciphertext.Length)];
        var at = 0;
        foreach (var put in puts)
        {
            at += PutBatch.Write(bytes.AsSpan(at), put);
        }

        Assert.Equal(bytes.Length, at);
        return bytes;
    }

    internal static string Parts(BatchedPut put) =>
        $"{put.Id} {Convert.ToHexStringLower(put.Ciphertext.Span)} {put.HandedOverFor} {put.Trace.TraceId} {put.Trace.SpanId} {put.Trace.TraceFlags}";
}
