using System.Diagnostics;
using Dfs.Actors.Catalog;
using Dfs.Actors.Tracing;
using Dfs.Actors.Wire.V1;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using static Dfs.Actors.Catalog.CatalogMessages;
using static Dfs.Core.Catalog.CatalogProtocol;
using Answer = Dfs.Actors.Wire.V1.ReplicaReplyV1.AnswerOneofCase;
using Ask = Dfs.Actors.Wire.V1.ReplicaRequestV1.AskOneofCase;
using ByteString = Google.Protobuf.ByteString;

namespace Dfs.Actors.Wire;

/// <summary>The catalog's messages as protobuf; a message that cannot be one is refused with a reason.</summary>
internal static class CatalogWire
{
    public static readonly WireEntry[] Entries =
    [
        WireEntry.Of<ReplicaRequest, ReplicaRequestV1>("c1", ReplicaRequestV1.Parser, Encode, Decode),
        WireEntry.Of<ReplicaReply, ReplicaReplyV1>("c2", ReplicaReplyV1.Parser, Encode, Decode),
        WireEntry.Of<ReplicaRequests, ReplicaRequestsV1>("c3", ReplicaRequestsV1.Parser, Encode, Decode),
        WireEntry.Of<ReplicaReplies, ReplicaRepliesV1>("c4", ReplicaRepliesV1.Parser, Encode, Decode),
    ];

    private const int TraceBytes = 16 + 8 + 1;

    private static readonly ReplicaReplyV1.Types.NothingV1 Nothing = new();

    private static ReplicaRequestV1 Encode(ReplicaRequest message)
    {
        var header = message.Request.Header;
        var proto = new ReplicaRequestV1
        {
            Operation = message.Operation,
            Attempt = (uint)message.Attempt,
            From = WireBytes.Of(message.From.Value),
            To = WireBytes.Of(message.To.Value),
            Layout = header.Layout.Value,
            Epoch = header.Epoch.Value,
            Council = header.Key.IsCouncil,
            Register = WireBytes.Of(header.Key.Register.Value),
        };
        if (Spans.IsRecorded(message.Trace))
        {
            proto.Trace = Encode(message.Trace);
        }

        switch (message.Request)
        {
            case Read: proto.Read = new ReplicaRequestV1.Types.ReadV1(); break;
            case Prepare prepare:
                proto.Prepare = new ReplicaRequestV1.Types.PrepareV1 { Ballot = Encode(prepare.Ballot), Scope = (uint)prepare.Scope };
                break;
            case Accept accept:
                proto.Accept = new ReplicaRequestV1.Types.AcceptV1 { Ballot = Encode(accept.Ballot), Value = WireBytes.Of(accept.Value) };
                break;
            case Drop drop: proto.Drop = new ReplicaRequestV1.Types.DropV1 { Tombstone = Encode(drop.Tombstone) }; break;
            default: throw new InvariantException($"a request is one of four ({message.Request.GetType().Name})");
        }

        return proto;
    }

    private static ReplicaRequest Decode(ReplicaRequestV1 proto)
    {
        var header = new Header(
            new RowKey(proto.Council, new RegisterId(WireBytes.To32(proto.Register))),
            new LayoutNumber(proto.Layout),
            new Epoch(proto.Epoch));
        Request request = proto.AskCase switch
        {
            Ask.Read => new Read(header),
            Ask.Prepare => new Prepare(header, Decode(proto.Prepare.Ballot), Scope(proto.Prepare.Scope)),
            Ask.Accept => new Accept(header, Decode(proto.Accept.Ballot), Value(proto.Accept.Value)),
            Ask.Drop => new Drop(header, Decode(proto.Drop.Tombstone)),
            _ => throw new WireException("Expected a request that this version knows."),
        };
        return new ReplicaRequest(
            proto.Operation, Attempt(proto.Attempt), new ReplicaId(WireBytes.To16(proto.From)),
            new ReplicaId(WireBytes.To16(proto.To)), request)
        {
            Trace = Trace(proto.Trace),
        };
    }

    private static ReplicaReplyV1 Encode(ReplicaReply message)
    {
        var proto = new ReplicaReplyV1
        {
            Operation = message.Operation,
            Attempt = (uint)message.Attempt,
            From = WireBytes.Of(message.From.Value),
        };
        switch (message.Reply)
        {
            case Current current: proto.Current = Encode(current.State); break;
            case Promised promised: proto.Promised = Encode(promised.State); break;
            case Accepted accepted: proto.Accepted = Encode(accepted.Ballot); break;
            case Dropped: proto.Dropped = Nothing; break;
            case BallotRefused refused:
                proto.BallotRefused = new ReplicaReplyV1.Types.BallotRefusedV1
                {
                    Promise = Encode(refused.Promise),
                    PartitionPromise = Encode(refused.PartitionPromise),
                };
                break;
            case PartitionHeld held: proto.PartitionHeld = Encode(held.PartitionPromise); break;
            case LayoutRefused refused: proto.LayoutRefused = refused.Known.Value; break;
            case EpochRefused refused: proto.EpochRefused = refused.Current.Value; break;
            case ValueRefused refused:
                proto.ValueRefused = new ReplicaReplyV1.Types.ValueRefusedV1
                {
                    Code = refused.Reason.Code,
                    Reason = refused.Reason.Reason,
                };
                break;
            case NotReplica: proto.NotReplica = Nothing; break;
            case SenderRefused refused: proto.SenderRefused = refused.Reason; break;
            case StorageFull: proto.StorageFull = Nothing; break;
            case ReplicaEnded ended: proto.ReplicaEnded = ended.Reason; break;
            default: throw new InvariantException($"a reply has a number ({message.Reply.GetType().Name})");
        }

        return proto;
    }

    private static ReplicaReply Decode(ReplicaReplyV1 proto)
    {
        Reply reply = proto.AnswerCase switch
        {
            Answer.Current => new Current(Decode(proto.Current)),
            Answer.Promised => new Promised(Decode(proto.Promised)),
            Answer.Accepted => new Accepted(Decode(proto.Accepted)),
            Answer.Dropped => new Dropped(),
            Answer.BallotRefused => new BallotRefused(
                Decode(proto.BallotRefused.Promise), Decode(proto.BallotRefused.PartitionPromise)),
            Answer.PartitionHeld => new PartitionHeld(Decode(proto.PartitionHeld)),
            Answer.LayoutRefused => new LayoutRefused(new LayoutNumber(proto.LayoutRefused)),
            Answer.EpochRefused => new EpochRefused(new Epoch(proto.EpochRefused)),
            Answer.ValueRefused => new ValueRefused(new TransitionRefusal(proto.ValueRefused.Code, proto.ValueRefused.Reason)),
            Answer.NotReplica => new NotReplica(),
            Answer.SenderRefused => new SenderRefused(proto.SenderRefused),
            Answer.StorageFull => new StorageFull(),
            Answer.ReplicaEnded => new ReplicaEnded(proto.ReplicaEnded),
            _ => throw new WireException("Expected an answer that this version knows."),
        };
        return new ReplicaReply(proto.Operation, Attempt(proto.Attempt), new ReplicaId(WireBytes.To16(proto.From)), reply);
    }

    private static ReplicaRequestsV1 Encode(ReplicaRequests message) => new() { Requests = { message.Requests.Select(Encode) } };

    private static ReplicaRequests Decode(ReplicaRequestsV1 proto)
    {
        WireException.ThrowUnless(proto.Requests.Count is > 0 and <= CatalogBatch.CountMax, "a batch within its limit");
        return new ReplicaRequests([.. proto.Requests.Select(Decode)]);
    }

    private static ReplicaRepliesV1 Encode(ReplicaReplies message) => new() { Replies = { message.Replies.Select(Encode) } };

    private static ReplicaReplies Decode(ReplicaRepliesV1 proto)
    {
        WireException.ThrowUnless(proto.Replies.Count is > 0 and <= CatalogBatch.CountMax, "a batch within its limit");
        return new ReplicaReplies([.. proto.Replies.Select(Decode)]);
    }

    private static RegisterStateV1 Encode(RegisterState state) => new()
    {
        Promise = Encode(state.Promise),
        PartitionPromise = Encode(state.PartitionPromise),
        Floor = Encode(state.Floor),
        Accepted = Encode(state.Accepted),
        Value = WireBytes.Of(state.Value),
        CounterFloor = state.CounterFloor,
    };

    private static RegisterState Decode(RegisterStateV1 proto) => new(
        Decode(proto.Promise), Decode(proto.PartitionPromise), Decode(proto.Floor), Decode(proto.Accepted),
        Value(proto.Value), proto.CounterFloor);

    // The default ballot is left out: most states have a floor and a partition promise of none.
    private static BallotV1? Encode(Ballot ballot) => ballot == Ballot.None ? null : new BallotV1
    {
        Round = ballot.Round,
        Replica = WireBytes.Of(ballot.Replica.Value),
        Start = ballot.Start,
        Sequence = ballot.Sequence,
    };

    private static Ballot Decode(BallotV1? proto) => proto is null ? Ballot.None : new Ballot(
        proto.Round, new ReplicaId(WireBytes.To16(proto.Replica)), proto.Start, proto.Sequence);

    private static ReadOnlyMemory<byte> Value(ByteString bytes)
    {
        WireException.ThrowUnless(bytes.Length <= RegisterRow.ValueBytesMax, "a value within its limit");
        return bytes.Memory;
    }

    private static ByteString Encode(ActivityContext trace)
    {
        var bytes = new byte[TraceBytes];
        trace.TraceId.CopyTo(bytes.AsSpan(0, 16));
        trace.SpanId.CopyTo(bytes.AsSpan(16, 8));
        bytes[^1] = (byte)trace.TraceFlags;
        return ByteString.CopyFrom(bytes);
    }

    private static ActivityContext Trace(ByteString bytes)
    {
        if (bytes.IsEmpty)
        {
            return default;
        }

        WireException.ThrowUnless(bytes.Length == TraceBytes, "a trace of 25 bytes");
        var trace = bytes.Span[..16];
        var span = bytes.Span.Slice(16, 8);
        WireException.ThrowUnless(trace.ContainsAnyExcept((byte)0) && span.ContainsAnyExcept((byte)0), "a trace and a span");
        var context = new ActivityContext(
            ActivityTraceId.CreateFromBytes(trace), ActivitySpanId.CreateFromBytes(span), (ActivityTraceFlags)bytes[^1], isRemote: true);
        // One that nobody records is never sent.
        return Spans.IsRecorded(context) ? context : default;
    }

    private static PrepareScope Scope(uint scope)
    {
        WireException.ThrowUnless(scope <= (uint)PrepareScope.Partition, "a scope that this version knows");
        return (PrepareScope)scope;
    }

    private static int Attempt(uint attempt)
    {
        WireException.ThrowUnless(attempt <= int.MaxValue, "an attempt within its limit");
        return (int)attempt;
    }
}
