using System.Collections.Immutable;
using Dfs.Actors.Wire.V1;
using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using static Dfs.Actors.Membership.MembershipProtocol;
using ByteString = Google.Protobuf.ByteString;

namespace Dfs.Actors.Wire;

/// <summary>The membership messages as protobuf; a message that cannot be one is refused with a reason.</summary>
internal static class MembershipWire
{
    private const int TextCharsMax = 300;

    public static readonly WireEntry[] Entries =
    [
        WireEntry.Of<Hello, HelloV1>(
            "m1", HelloV1.Parser, message => new HelloV1 { Card = Encode(message.Card) }, proto => new Hello(Decode(proto.Card))),
        WireEntry.Of<HelloAnswer, HelloAnswerV1>(
            "m2", HelloAnswerV1.Parser, message => new HelloAnswerV1 { Card = Encode(message.Card), Asker = (uint)message.Asker },
            proto => new HelloAnswer(Decode(proto.Card)) { Asker = Standing(proto.Asker) }),
        WireEntry.Of<GetLayout, GetLayoutV1>(
            "m3", GetLayoutV1.Parser, message => new GetLayoutV1 { After = message.After.Value }, proto => new GetLayout { After = new LayoutNumber(proto.After) }),
        WireEntry.Of<LayoutIs, LayoutIsV1>(
            "m4", LayoutIsV1.Parser, Encode,
            proto => new LayoutIs(proto.Layout.Memory) { Epoch = new Epoch(Math.Min(proto.Epoch, long.MaxValue) + 1), Proofs = Proofs(proto) }),
        WireEntry.Of<AskFirstLayout, AskFirstLayoutV1>(
            "m5", AskFirstLayoutV1.Parser, message => new AskFirstLayoutV1 { Layout = WireBytes.Of(message.Layout) },
            proto => new AskFirstLayout(proto.Layout.Memory)),
        WireEntry.Of<FirstLayoutAnswer, FirstLayoutAnswerV1>(
            "m6", FirstLayoutAnswerV1.Parser,
            message => new FirstLayoutAnswerV1
            {
                Replica = WireBytes.Of(message.Replica.Value), Yes = message.Yes,
            },
            proto => new FirstLayoutAnswer(new ReplicaId(WireBytes.To16(proto.Replica)), proto.Yes)),
        // m7 was SyncProgress, which travels over the peer endpoint now, where a certificate says whose it is.
        WireEntry.Of<SetLeaving, SetLeavingV1>(
            "m8", SetLeavingV1.Parser,
            message => new SetLeavingV1 { To = WireBytes.Of(message.To.Value), Leaving = message.Leaving },
            proto => new SetLeaving(new ReplicaId(WireBytes.To16(proto.To)), proto.Leaving)),
        WireEntry.Of<LeavingIs, LeavingIsV1>(
            "m9", LeavingIsV1.Parser,
            message => new LeavingIsV1 { Replica = WireBytes.Of(message.Replica.Value), Leaving = message.Leaving },
            proto => new LeavingIs(new ReplicaId(WireBytes.To16(proto.Replica)), proto.Leaving)),
    ];

    private static AskerStanding Standing(uint number) =>
        number <= (uint)AskerStanding.Stranger ? (AskerStanding)number : AskerStanding.Unknown;

    private static LayoutIsV1 Encode(LayoutIs message)
    {
        var proto = new LayoutIsV1 { Layout = WireBytes.Of(message.Layout), Epoch = message.Epoch.Value - 1 };
        proto.Proofs.AddRange(message.Proofs.Select(proof => WireBytes.Of(proof.Memory)));
        return proto;
    }

    private static ImmutableArray<Core.Primitives.ByteString> Proofs(LayoutIsV1 proto)
    {
        WireException.ThrowUnless(
            proto.Proofs.Count <= LayoutChain.LinksMax && proto.Proofs.All(proof => proof.Length <= LayoutLink.BytesMax), "proofs within their limits");
        return [.. proto.Proofs.Select(proof => new Core.Primitives.ByteString(proof.Span))];
    }

    private static NodeCardV1 Encode(NodeCard card)
    {
        var proto = new NodeCardV1
        {
            Replica = WireBytes.Of(card.Replica.Value),
            StartCounter = card.Start,
            Name = card.Name,
            Zone = card.Zone,
            Weight = card.Weight,
            Address = card.Address,
            PeerEndpoint = card.PeerEndpoint,
            Cluster = card.Cluster is { } cluster ? WireBytes.Of(cluster.Value) : ByteString.Empty,
            Layout = card.Layout.Value,
            MemberCount = (uint)card.MemberCount,
            Island = card.Island,
            Leaving = card.IsLeaving,
            Chunks = (ulong)card.Chunks,
            Bytes = (ulong)card.Bytes,
            KeptRows = (ulong)card.KeptRows,
            StoresOnly = card.StoresOnly,
            Repair = card.Repair == RepairFacts.None ? null : RepairWire.Encode(card.Repair),
        };
        if (card.FreeBytes is { } free)
        {
            proto.FreeBytes = (ulong)free;
        }

        if (card.ClockUnixMs is { } clock)
        {
            proto.ClockUnixMs = clock;
        }

        proto.Known.AddRange(card.Known.Take(NodeCard.KnownMax));
        return proto;
    }

    private static NodeCard Decode(NodeCardV1? proto)
    {
        WireException.ThrowUnless(proto is not null && proto.Known.Count <= NodeCard.KnownMax, "a node card");
        return new NodeCard(
            new ReplicaId(WireBytes.To16(proto.Replica)),
            proto.StartCounter,
            Text(proto.Name),
            Text(proto.Zone),
            proto.Weight,
            Text(proto.Address),
            Text(proto.PeerEndpoint),
            proto.Cluster.IsEmpty ? null : new ClusterId(WireBytes.To16(proto.Cluster)),
            new LayoutNumber(proto.Layout),
            (int)Math.Min(proto.MemberCount, 10_000),
            Text(proto.Island),
            [.. proto.Known.Select(Text)])
        {
            IsLeaving = proto.Leaving,
            Chunks = (long)Math.Min(proto.Chunks, long.MaxValue),
            Bytes = (long)Math.Min(proto.Bytes, long.MaxValue),
            Repair = RepairWire.Decode(proto.Repair),
            StoresOnly = proto.StoresOnly,
            KeptRows = (long)Math.Min(proto.KeptRows, long.MaxValue),
            ClockUnixMs = proto.HasClockUnixMs ? proto.ClockUnixMs : null,
            FreeBytes = proto.HasFreeBytes ? (long)Math.Min(proto.FreeBytes, long.MaxValue) : null,
        };
    }

    private static string Text(string text)
    {
        WireException.ThrowUnless(text.Length <= TextCharsMax, "a text within its limit");
        return text;
    }
}
