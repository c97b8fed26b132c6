using System.Collections.Immutable;
using Dfs.Actors.Wire.V1;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Google.Protobuf;

namespace Dfs.Actors.Wire;

/// <summary>The bytes of a <see cref="SyncReport"/>, for the peer endpoint: docs/formats/peer-endpoint.md, "Progress".</summary>
internal static class SyncReportWire
{
    /// <summary>64 KiB: one hundred old replicas with their partitions take 16 KiB.</summary>
    public const int BytesMax = 64 * 1024;

    public static byte[] Encode(SyncReport report)
    {
        var proto = new SyncProgressV1
        {
            By = WireBytes.Of(report.By.Value),
            Layout = report.Number.Value,
            Chunks = WireBytes.Of(report.Chunks.ToArray()),
        };
        proto.Pulled.AddRange(report.Pulled.Select(entry => new SyncProgressV1.Types.PulledV1
        {
            From = WireBytes.Of(entry.Key.Value),
            Partitions = WireBytes.Of(entry.Value.ToArray()),
        }));
        return proto.ToByteArray();
    }

    /// <returns>Null when it is none.</returns>
    public static SyncReport? Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var proto = SyncProgressV1.Parser.ParseFrom(bytes.Span);
            WireException.ThrowUnless(proto.Pulled.Count <= Layout.MembersMax, "a report about a layout's members");
            var pulled = ImmutableSortedDictionary.CreateBuilder<ReplicaId, PartitionSet>();
            foreach (var entry in proto.Pulled)
            {
                pulled[new ReplicaId(WireBytes.To16(entry.From))] = Partitions(entry.Partitions);
            }

            return new SyncReport(
                new ReplicaId(WireBytes.To16(proto.By)), new LayoutNumber(proto.Layout), pulled.ToImmutable(), Partitions(proto.Chunks));
        }
        catch (Exception malformed) when (malformed is WireException or InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static PartitionSet Partitions(Google.Protobuf.ByteString bytes)
    {
        WireException.ThrowUnless(PartitionSet.TryDecode(bytes.Span, out var set), "a set of partitions");
        return set;
    }
}
