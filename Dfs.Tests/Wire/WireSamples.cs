using System.Diagnostics;
using Dfs.Actors.Tracing;
using Dfs.Actors.Wire;
using Dfs.Core.Catalog;
using Dfs.Core.Events;
using Dfs.Core.Membership;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using static Dfs.Actors.Catalog.CatalogMessages;
using static Dfs.Actors.Events.EventProtocol;
using static Dfs.Actors.Membership.MembershipProtocol;
using static Dfs.Actors.Repair.RepairProtocol;
using static Dfs.Core.Catalog.CatalogProtocol;

namespace Dfs.Tests.Wire;

/// <summary>One message of each number and variant, every field with a value of its own.</summary>
internal static class WireSamples
{
    private static readonly NodeCard Card = new(
        Members.Id(1), 7, "node1", "zone1", 100, "akka.tcp://dfs@127.0.0.1:4001", "http://127.0.0.1:5001",
        new ClusterId(new Bytes16(7, 7)), new LayoutNumber(3), 3, "akka.tcp://dfs@127.0.0.1:4001",
        ["akka.tcp://dfs@127.0.0.1:4002"]);

    private static readonly RepairFacts Facts = new(
        new LayoutNumber(3), 0x1234_5678, new CopyCount(1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008), new HeadCount(1009, 1010, 1011, 1012))
    {
        Phase = RepairPhase.Comparing,
        PartitionsLeft = 13,
        MovedBytes = 1014,
        BytesPerSecond = 1015,
        Damaged = 16,
        Unhealed = 17,
        Healed = 18,
        Quarantined = 19,
        Order = new RepairOrder(20, true, 21),
        IsServing = true,
    };

    private static readonly Ballot Low = new(1, Members.Id(1), 2, 3);
    private static readonly Ballot High = new(4, Members.Id(2), 5, 6);

    private static readonly RegisterState State = new(High, Low, Ballot.None, Low, "value"u8.ToArray(), 9);

    private static readonly Header Row = new(
        new RowKey(false, new RegisterId(new Bytes32(TestBytes.From(0)))), new LayoutNumber(3), new Epoch(2));

    private static readonly ActivityContext Trace = new(
        ActivityTraceId.CreateFromString("4bf92f3577b34da6a3ce929d0e0e4736"), ActivitySpanId.CreateFromString("00f067aa0ba902b7"),
        ActivityTraceFlags.Recorded, isRemote: true);

    public static readonly IReadOnlyDictionary<string, IWireMessage> All = new Dictionary<string, IWireMessage>
    {
        ["m1"] = new Hello(Card),
        ["m2"] = new HelloAnswer(Card with { Cluster = null, Layout = LayoutNumber.None, MemberCount = 0, Island = "", Known = [] }),
        ["m3"] = new GetLayout(),
        ["m4"] = new LayoutIs("layout"u8.ToArray()),
        ["m4 in an epoch"] = new LayoutIs("layout"u8.ToArray()) { Epoch = new Epoch(300) },
        ["m3 after"] = new GetLayout { After = new LayoutNumber(300) },
        ["m4 proved"] = new LayoutIs("layout"u8.ToArray()) { Proofs = [new ByteString("one"u8), new ByteString("two"u8)] },
        ["m5"] = new AskFirstLayout("layout"u8.ToArray()),
        ["m6"] = new FirstLayoutAnswer(Members.Id(2), Yes: true),
        ["m8"] = new SetLeaving(Members.Id(2), Leaving: true),
        ["m9"] = new LeavingIs(Members.Id(2), Leaving: true),
        ["m2 to a stranger"] = new HelloAnswer(Card) { Asker = AskerStanding.Stranger },
        ["m1 leaving"] = new Hello(Card with { IsLeaving = true, Chunks = 1000 }),
        ["m1 bytes"] = new Hello(Card with { Bytes = 1000 }),
        ["m1 kept"] = new Hello(Card with { KeptRows = 1000 }),
        ["m1 stores only"] = new Hello(Card with { StoresOnly = true }),
        ["m1 free"] = new Hello(Card with { FreeBytes = 0 }),
        ["m1 clock"] = new Hello(Card with { ClockUnixMs = 1_800_000_000_000 }),
        ["m1 clock of a liar"] = new Hello(Card with { ClockUnixMs = long.MinValue }),
        ["m1 repair"] = new Hello(Card with { Repair = Facts }),
        ["c1 read"] = Ask(new Read(Row)),
        ["c1 prepare"] = Ask(new Prepare(Row, High, PrepareScope.PartitionIfFree)),
        ["c1 accept"] = Ask(new Accept(Row with { Key = Row.Key with { IsCouncil = true } }, High, "value"u8.ToArray())),
        ["c1 drop"] = Ask(new Drop(Row, Low)),
        ["c1 traced"] = Ask(new Read(Row)) with { Trace = Trace },
        ["c2 current"] = Answer(new Current(State)),
        ["c2 promised"] = Answer(new Promised(State)),
        ["c2 accepted"] = Answer(new Accepted(High)),
        ["c2 dropped"] = Answer(new Dropped()),
        ["c2 ballot refused"] = Answer(new BallotRefused(High, Low)),
        ["c2 partition held"] = Answer(new PartitionHeld(High)),
        ["c2 layout refused"] = Answer(new LayoutRefused(new LayoutNumber(8))),
        ["c2 epoch refused"] = Answer(new EpochRefused(new Epoch(8))),
        ["c2 value refused"] = Answer(new ValueRefused(new TransitionRefusal("code", "reason"))),
        ["c2 not replica"] = Answer(new NotReplica()),
        ["c2 sender refused"] = Answer(new SenderRefused("reason")),
        ["c2 replica ended"] = Answer(new ReplicaEnded("reason")),
        ["c2 storage full"] = Answer(new StorageFull()),
        ["c3 several"] = new ReplicaRequests([Ask(new Read(Row)), Ask(new Accept(Row, High, "value"u8.ToArray()))]),
        ["c4 several"] = new ReplicaReplies([Answer(new Accepted(High)), Answer(new Current(State))]),
        ["r1"] = new CopiesMissed(
            Members.Id(2), 300, [new ChunkId(new Bytes32(TestBytes.From(32)))], [new RegisterId(new Bytes32(TestBytes.From(64)))], IsMore: true),
        ["r2"] = new MissedSettled(Members.Id(2), 300),
        ["e1"] = new GetEvents(1000),
        ["e2"] = new EventsAre("node1", [new ClusterEvent(1000, EventKind.NodeUnreachable, "node2", "does not answer")]),
    };

    /// <summary>The message's values in one line, bytes included, so that two can be compared.</summary>
    public static string Text(object message) => message switch
    {
        Hello hello => $"Hello {Text(hello.Card)}",
        HelloAnswer answer => $"HelloAnswer {Text(answer.Card)} {answer.Asker}",
        LayoutIs layout => $"LayoutIs {Convert.ToHexString(layout.Layout.Span)} {layout.Epoch} {string.Join(' ', layout.Proofs.Select(proof => Convert.ToHexString(proof.Span)))}",
        AskFirstLayout ask => $"AskFirstLayout {Convert.ToHexString(ask.Layout.Span)}",
        ReplicaRequest { Trace: var trace, Request: Read read } request =>
            $"{request.Operation} {request.Attempt} {request.From} {request.To} {read} {Spans.TextOf(trace)} {trace.IsRemote}",
        ReplicaRequest { Request: Accept accept } request =>
            $"{request.Operation} {request.Attempt} {request.From} {request.To} {accept.Header} {Text(accept.Ballot)} "
            + Convert.ToHexString(accept.Value.Span),
        ReplicaReply { Reply: Current current } reply => $"{reply.Operation} {reply.Attempt} {reply.From} current {Text(current.State)}",
        ReplicaReply { Reply: Promised promised } reply => $"{reply.Operation} {reply.Attempt} {reply.From} promised {Text(promised.State)}",
        ReplicaRequests batch => string.Join('\n', batch.Requests.Select(Text)),
        CopiesMissed missed => $"{missed.To} {missed.Page} {string.Join(' ', missed.Chunks)}, {string.Join(' ', missed.Registers)} {missed.IsMore}",
        EventsAre told => $"{told.Name} {string.Join('\n', told.Events)}",
        ReplicaReplies batch => string.Join('\n', batch.Replies.Select(Text)),
        _ => message.ToString()!,
    };

    private static string Text(NodeCard card) => $"{card with { Known = [] }} {string.Join(' ', card.Known)}";

    private static string Text(PartitionSet partitions) => Convert.ToHexString(partitions.ToArray());

    private static string Text(Ballot ballot) => $"{ballot.Round} {ballot.Replica} {ballot.Start} {ballot.Sequence}";

    private static string Text(RegisterState state) =>
        $"{Text(state.Promise)}, {Text(state.PartitionPromise)}, {Text(state.Floor)}, {Text(state.Accepted)}, "
        + $"{Convert.ToHexString(state.Value.Span)}, {state.CounterFloor}";

    private static ReplicaRequest Ask(Request request) => new(11, 2, Members.Id(1), Members.Id(2), request);

    private static ReplicaReply Answer(Reply reply) => new(11, 2, Members.Id(2), reply);
}
