using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Dfs.Actors.Catalog;
using Dfs.Actors.Transfer;
using Dfs.Actors.Wire;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Core.Transfer;
using Dfs.Storage.CatalogStore;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using Dfs.Tests.Transfer;
using Dfs.Tests.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using static Dfs.Tests.Fuzz.FuzzTarget;

namespace Dfs.Tests.Fuzz;

/// <summary>What other nodes send: control messages, requests to the peer endpoint, and its answers.</summary>
internal sealed class PeerTargets : IFuzzTargets
{
    private static readonly string[] CallHeaders =
        [PeerProtocol.ClusterHeader, PeerProtocol.FromHeader, PeerProtocol.ToHeader, PeerProtocol.LayoutHeader, PeerProtocol.EpochHeader, PeerProtocol.PinHeader];

    public IEnumerable<FuzzTarget> All() => [.. Messages(), .. Requests(), .. Answers()];

    // The number of the message, then its bytes.
    private static IEnumerable<FuzzTarget> Messages()
    {
        // It is asked for nothing but its serializers, which need no more of a system than that there is one.
        var serializer = new DfsSerializer(null!);
        yield return new("wire-message",
            [.. WireSamples.All.Values.Select(message => (byte[])[.. Encoding.ASCII.GetBytes(serializer.Manifest(message)), .. serializer.ToBinary(message)])],
            input =>
            {
                var message = serializer.FromBinary(input.Length > 2 ? input[2..] : [], Encoding.ASCII.GetString(input.AsSpan(0, Math.Min(2, input.Length))));
                var written = serializer.ToBinary(message);
                var again = serializer.FromBinary(written, serializer.Manifest(message));
                Promise(WireSamples.Text(again) == WireSamples.Text(message), "what was taken is the same after it was written");
                return serializer.Manifest(message).Sum(c => c) * 16 + Shape(written.Length);
            },
            typeof(WireException))
        {
            Words = [.. WireSamples.All.Keys.Select(name => Encoding.ASCII.GetBytes(name[..2])).DistinctBy(name => Encoding.ASCII.GetString(name))],
            AllocatedBytesPerByte = 1024,
            InputsInCi = 20_000,
        };
        var pulled = ImmutableSortedDictionary<ReplicaId, PartitionSet>.Empty.Add(Members.Id(1), PartitionSet.Of([new PartitionId(3)])).Add(Members.Id(2), PartitionSet.Empty);
        yield return new("sync-report", [SyncReportWire.Encode(new SyncReport(Members.Id(3), new LayoutNumber(5), pulled, PartitionSet.Of([new PartitionId(1023)])))],
            input =>
            {
                if (SyncReportWire.Decode(input) is not { } report)
                {
                    return 0;
                }

                var written = SyncReportWire.Encode(report);
                Promise(SyncReportWire.Encode(SyncReportWire.Decode(written)!).AsSpan().SequenceEqual(written), "what was taken is the same after it was written");
                return 1 + report.Pulled.Count;
            })
        {
            AllocatedBytesPerByte = 1024,
        };
    }

    private static IEnumerable<FuzzTarget> Requests()
    {
        var hex = Members.Id(1).ToString();
        yield return new("peer-request",
            [Encoding.UTF8.GetBytes($"{new ClusterId(new Bytes16(7, 7))}\n{hex}\n{hex}\n3\n4\n5\nfirst=1&count=2&run=3&epoch=4&last=1&after={hex}")],
            input =>
            {
                var lines = Encoding.UTF8.GetString(input).Split('\n');
                var headers = new HeaderDictionary();
                foreach (var (name, line) in CallHeaders.Zip(lines))
                {
                    headers[name] = line;
                }

                var query = new QueryCollection(QueryHelpers.ParseQuery(lines[^1]));
                var call = PeerProtocol.ReadCall(headers);
                var leaves = PeerProtocol.ReadLeaves(query);
                Promise(leaves is null || (leaves.Value.First < ChunkTree.LeavesMax && leaves.Value.Count is > 0 and <= ChunkTree.LeavesMax), "leaves are those of a chunk");
                return (call is null ? 0 : 1) | (leaves is null ? 0 : 2) | (PeerProtocol.ReadPin(headers) is null ? 0 : 4)
                    | (GarbagePage.Read(query, []) is null ? 0 : 8);
            })
        {
            Words = [.. new[] { "first=", "count=", "18446744073709551615", "-1", "&", "%", hex }.Select(Encoding.UTF8.GetBytes)],
            AllocatedBytesPerByte = 512,
        };
        var ids = new[] { new ChunkId(TestBytes.From(1)), new ChunkId(TestBytes.From(2)) };
        yield return new("peer-ids", [PeerProtocol.EncodeIds(ids)],
            input => PeerProtocol.DecodeIds(input) is { } read ? Canonical(input, PeerProtocol.EncodeIds(read)) : 0)
        {
            InputBytesMax = 256 * 1024,
            InputsInCi = 3_000,
        };
        var put = new BatchedPut(ids[0], "sealed"u8.ToArray(), Members.Id(1),
            new ActivityContext(ActivityTraceId.CreateFromBytes(TestBytes.From(1, 16)), ActivitySpanId.CreateFromBytes(TestBytes.From(2, 8)), ActivityTraceFlags.Recorded, isRemote: true));
        yield return new("put-batch",
            [PutBatchTests.Written(put), PutBatchTests.Written(put, new BatchedPut(ids[1], Array.Empty<byte>(), null, default), put)],
            input =>
            {
                if (PutBatch.Decode(input) is not { } puts)
                {
                    return 0;
                }

                Promise(puts.Count <= SmallPuts.ChunksMax && puts.All(one => one.Ciphertext.Length <= SmallPuts.ChunkBytesMax), "it is within the limits");
                var written = PutBatchTests.Written([.. puts]);
                Promise(written.Length == input.Length, "every byte is somebody's");
                Promise(PutBatch.Decode(written)!.Select(PutBatchTests.Parts).SequenceEqual(puts.Select(PutBatchTests.Parts)), "what was taken is the same after it was written");
                return Shape(puts.Count) + (puts.Any(one => one.HandedOverFor is null) ? 100 : 0) + (puts.Any(one => one.Trace == default) ? 1000 : 0);
            })
        {
            Words = [[0, 0, 0, 0], [0, 4, 0, 0], [0, 4, 0, 1], [0xff, 0xff, 0xff, 0xff]],
            AllocatedBytesPerByte = 128,
        };
        yield return new("put-answers", [[1, 2, 3, 4, 5]],
            input => PutBatch.DecodeAnswers(input, 5) is PeerOutcome.ToEach each
                ? Shape(each.Outcomes.Count(outcome => outcome is PeerOutcome.Stored)) : 0);
        yield return new("peer-numbers", [PeerProtocol.EncodeNumbers(1, 2, 3)],
            input => PeerProtocol.DecodeNumbers(input) is { Length: > 0 } read ? Canonical(input, PeerProtocol.EncodeNumbers(read)) : 0);
        yield return new("owner-epochs", [new OwnerEpochs(new KeyEpoch(1), null, new KeyEpoch(3)).Encode()],
            input => OwnerEpochs.TryDecode(input, out var read) ? Canonical(input, read.Encode()) : 0);
    }

    private static IEnumerable<FuzzTarget> Answers()
    {
        var register = new RegisterId(new Bytes32([1, .. TestBytes.From(0x10, 31)]));
        var ballot = new Ballot(7, Members.Id(1), 3, 4);
        var row = new RegisterRow(new RowKey(false, register), ballot, ballot, "value"u8.ToArray(), 9, 10);
        yield return new("changes-page", [RowPages.Encode(new ChangePage([row, row], 10, false, 2)), RowPages.Encode(new ChangePage([], 10, true, 2))],
            input => RowPages.DecodeChanges(input) is { } page
                ? Canonical(input, RowPages.Encode(page)) + (PageOrder.GoesOn(page, 3) ? 100 : 0) : 0)
        {
            Mend = Sums.AtTheEnd,
            AllocatedBytesBase = 256 * 1024,
        };
        yield return new("partition-page",
            [RowPages.Encode(new PartitionPage(new LayoutNumber(5), new PartitionRow(register.Partition, ballot, Ballot.None), [row], true))],
            input => RowPages.DecodePartition(input) is { } page
                ? Canonical(input, RowPages.Encode(page)) + (PageOrder.GoesOn(page, register.Partition, null) ? 100 : 0) : 0)
        {
            Mend = Sums.AtTheEnd,
            AllocatedBytesBase = 256 * 1024,
        };
    }
}
