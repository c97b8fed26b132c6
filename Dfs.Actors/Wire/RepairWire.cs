using Dfs.Actors.Wire.V1;
using Dfs.Core.Membership;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using static Dfs.Actors.Repair.RepairProtocol;

namespace Dfs.Actors.Wire;

/// <summary>The messages about repair as protobuf, and a node's repair facts in its card.</summary>
internal static class RepairWire
{
    /// <summary>2^53: what a hundred nodes say can be added up, and JSON can carry it.</summary>
    private const ulong NumberMax = 1UL << 53;

    public static readonly WireEntry[] Entries =
    [
        WireEntry.Of<CopiesMissed, CopiesMissedV1>("r1", CopiesMissedV1.Parser, Encode, Decode),
        WireEntry.Of<MissedSettled, MissedSettledV1>(
            "r2", MissedSettledV1.Parser, message => new MissedSettledV1 { By = WireBytes.Of(message.By.Value), Page = message.Page },
            proto => new MissedSettled(new ReplicaId(WireBytes.To16(proto.By)), proto.Page)),
    ];

    public static RepairV1 Encode(RepairFacts facts) => new()
    {
        CountedUnder = facts.CountedUnder.Value,
        CountedWith = facts.CountedWith,
        Chunks = (ulong)facts.Chunks.Chunks,
        Bytes = (ulong)facts.Chunks.Bytes,
        Fewer = (ulong)facts.Chunks.Fewer,
        FewerBytes = (ulong)facts.Chunks.FewerBytes,
        Single = (ulong)facts.Chunks.One,
        SingleBytes = (ulong)facts.Chunks.OneBytes,
        Missing = (ulong)facts.Chunks.Missing,
        MissingBytes = (ulong)facts.Chunks.MissingBytes,
        Heads = (ulong)facts.Heads.Heads,
        HeadsFewer = (ulong)facts.Heads.Fewer,
        HeadsSingle = (ulong)facts.Heads.One,
        HeadsUnserved = (ulong)facts.Heads.Unserved,
        Phase = (uint)facts.Phase,
        PartitionsLeft = (uint)facts.PartitionsLeft,
        MovedBytes = (ulong)facts.MovedBytes,
        BytesPerSecond = (ulong)facts.BytesPerSecond,
        Damaged = (ulong)facts.Damaged,
        Unhealed = (ulong)facts.Unhealed,
        Healed = (ulong)facts.Healed,
        Quarantined = (ulong)facts.Quarantined,
        OrderVersion = facts.Order.Version,
        Paused = facts.Order.IsPaused,
        Runs = facts.Order.Runs,
        Serving = facts.IsServing,
    };

    /// <param name="proto">Null from a node that does not say.</param>
    public static RepairFacts Decode(RepairV1? proto) => proto is null
        ? RepairFacts.None
        : new RepairFacts(
            new LayoutNumber(proto.CountedUnder),
            proto.CountedWith,
            new CopyCount(
                Number(proto.Chunks), Number(proto.Bytes), Number(proto.Fewer), Number(proto.FewerBytes),
                Number(proto.Single), Number(proto.SingleBytes), Number(proto.Missing), Number(proto.MissingBytes)),
            new HeadCount(Number(proto.Heads), Number(proto.HeadsFewer), Number(proto.HeadsSingle), Number(proto.HeadsUnserved)))
        {
            Phase = (RepairPhase)Math.Min(proto.Phase, (uint)RepairPhase.Moving),
            PartitionsLeft = (int)Math.Min(proto.PartitionsLeft, PartitionId.Count),
            MovedBytes = Number(proto.MovedBytes),
            BytesPerSecond = Number(proto.BytesPerSecond),
            Damaged = Number(proto.Damaged),
            Unhealed = Number(proto.Unhealed),
            Healed = Number(proto.Healed),
            Quarantined = Number(proto.Quarantined),
            Order = new RepairOrder((ulong)Number(proto.OrderVersion), proto.Paused, (ulong)Number(proto.Runs)),
            IsServing = proto.Serving,
        };

    private static CopiesMissedV1 Encode(CopiesMissed message)
    {
        var proto = new CopiesMissedV1 { To = WireBytes.Of(message.To.Value), Page = message.Page, IsMore = message.IsMore };
        proto.Chunks.AddRange(message.Chunks.Select(chunk => WireBytes.Of(chunk.Value)));
        proto.Registers.AddRange(message.Registers.Select(register => WireBytes.Of(register.Value)));
        return proto;
    }

    private static CopiesMissed Decode(CopiesMissedV1 proto)
    {
        WireException.ThrowUnless(proto.Chunks.Count + proto.Registers.Count <= MissedCopies.PageMax, "as many ids as a page has");
        return new CopiesMissed(
            new ReplicaId(WireBytes.To16(proto.To)), proto.Page, [.. proto.Chunks.Select(id => new ChunkId(WireBytes.To32(id)))],
            [.. proto.Registers.Select(id => new RegisterId(WireBytes.To32(id)))], proto.IsMore);
    }

    private static long Number(ulong value) => (long)Math.Min(value, NumberMax);
}
