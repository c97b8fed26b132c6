using System.Security.Cryptography;
using System.Text;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Audit;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;
using Dfs.Storage.Keyring;
using Dfs.Tests.Kit;
using Dfs.Tests.Manifests;
using Dfs.Tests.Placement;
using static Dfs.Tests.Fuzz.FuzzTarget;

namespace Dfs.Tests.Fuzz;

/// <summary>Files of a data directory, and keyrings: somebody else's disk, or one that rots.</summary>
internal sealed class StorageTargets : IFuzzTargets
{
    private const string Folder = "/store";

    private static readonly ChunkId Chunk = ChunkTree.IdOf("sealed"u8);

    private static readonly Ballot Ballot = new(2, Members.Id(1), 3, 4);

    public IEnumerable<FuzzTarget> All() => [.. Rows(), .. Segments(), .. SmallFiles(), Keyring(), AuditRecords(), AuditHeads()];

    private static FuzzTarget AuditHeads() => new(
        "audit-head", [Encoding.ASCII.GetBytes(new AuditHead(1, new AuditChain(7, AuditRecord.NoHash)).ToText())],
        input =>
        {
            var text = Encoding.ASCII.GetString(input);
            return AuditHead.Parse(text) is { } head ? Canonical(Encoding.ASCII.GetBytes(text), Encoding.ASCII.GetBytes(head.ToText())) : 0;
        })
    {
        Words = [" "u8.ToArray(), "-"u8.ToArray(), "9223372036854775808"u8.ToArray(), "\n"u8.ToArray()],
    };

    private static FuzzTarget AuditRecords() => new(
        "audit-record",
        [
            new AuditRecord(1, AuditEntry.Create(1_769_860_800_123, "node", "", "", "", "start", "", "", "whole"), AuditRecord.NoHash).Encode(),
            new AuditRecord(2, AuditEntry.Create(0, "s3", "DFSH", "00", "::1", "s3:PutObject", "c2VhbGVk", "é\"", "200"), AuditRecord.NoHash).Encode(),
        ],
        input => AuditRecord.TryParse(input, out var record) ? Canonical(input, record.Encode()) : 0)
    {
        Words = ["\"at\":\"2026-01-31T12:00:00.123Z\""u8.ToArray(), "\\u0000"u8.ToArray(), "\\uD800"u8.ToArray(), "\"previous\":"u8.ToArray(), "{"u8.ToArray(), "["u8.ToArray()],
    };

    private static IEnumerable<FuzzTarget> Rows()
    {
        var key = new RowKey(false, new RegisterId(new Bytes32(TestBytes.From(0x10))));
        var row = new RegisterRow(key, Ballot, Ballot, "value"u8.ToArray(), 9, 10);
        yield return new("catalog-register", [CatalogRowCodec.Encode(row), CatalogRowCodec.Encode(RegisterRow.Absent(key))],
            input => CatalogRowCodec.Decode(key, input) is { } read ? Canonical(input, CatalogRowCodec.Encode(read)) : 0)
        {
            Mend = input => Sums.AtTheEnd(input, CatalogRowCodec.Key(key)),
        };
        var partition = new PartitionId(4);
        yield return new("catalog-partition", [CatalogRowCodec.Encode(new PartitionRow(partition, Ballot, Ballot.None))],
            input => CatalogRowCodec.Decode(partition, input) is { } read ? Canonical(input, CatalogRowCodec.Encode(read)) : 0)
        {
            Mend = input => Sums.AtTheEnd(input, [2, 0, 4]),
        };
        const string Fact = "epoch-raised";
        var raise = new EpochRaise(new LayoutNumber(2), 3, new Epoch(4));
        yield return new("catalog-fact", [CatalogRowCodec.EncodeFact(Fact, raise.Encode())],
            input => CatalogRowCodec.DecodeFact(Fact, input) is { } body ? Canonical(input, CatalogRowCodec.EncodeFact(Fact, EpochRaise.Decode(body)!.Encode())) : 0,
            typeof(CatalogDamageException))
        {
            Mend = input => Sums.AtTheEnd(input, "epoch-raised"u8.ToArray()),
        };
    }

    private static IEnumerable<FuzzTarget> Segments()
    {
        const ulong Tag = 7;
        var header = new byte[SegmentHeader.SizeBytes];
        new SegmentHeader(1, Tag, 0, 0).Encode().CopyTo(header, 0);
        yield return new("segment-header", [header], input => SegmentHeader.Decode(input) is { } read ? Canonical(input, read.Encode()) : 0)
        {
            Mend = input => Sums.At(input, 60),
        };
        var record = RecordOf("sealed"u8.ToArray(), Tag);
        yield return new("segment-record", [record], input =>
        {
            if (SegmentRecord.Decode(input, Tag) is not { } read)
            {
                return 0;
            }

            Promise(read.LengthBytes is >= 0 and <= ChunkFile.ChunkSizeBytesMax && read.SizeBytes > 0, "a record's length is within its limit");
            return 1 + (int)read.Kind;
        })
        {
            Mend = input => MendRecord(input, 0),
        };
        byte[] segment = [.. header, .. record, .. RecordOf("another one"u8.ToArray(), Tag)];
        yield return new("segment", [segment], input =>
        {
            var disk = new SimDisk();
            Write(disk, "segment", input);
            using var file = disk.Open($"{Folder}/segment", writable: false)!;
            var scan = new SegmentScan(file, Tag, input.Length);
            var (records, end) = (0, 0L);
            foreach (var found in scan.From(SegmentHeader.SizeBytes))
            {
                Promise(found.Offset >= end && found.End <= input.Length, "records lie in the file, one behind the other");
                (records, end) = (records + (scan.IsWhole(found) ? 2 : 1), found.End);
            }

            return records;
        })
        {
            Mend = input => MendRecord(input, SegmentHeader.SizeBytes),
            AllocatedBytesBase = 256 * 1024,
            InputsInCi = 3_000,
        };
        var golden = Convert.FromHexString(SourceTree.Read("Dfs.Tests/ChunkStore/checkpoint-1.golden").ReplaceLineEndings(""));
        yield return new("checkpoint", [golden], input =>
        {
            var disk = new SimDisk();
            Write(disk, Checkpoint.FileName, input);
            var rows = 0;
            return Checkpoint.Read(disk, Folder, (_, _, found) => rows += found.Count) is null ? 0 : 1 + rows;
        })
        {
            InputBytesMax = 16 * 1024,
            AllocatedBytesBase = 2 * 1024 * 1024,
            AllocatedBytesPerByte = 256,
            InputsInCi = 2_000,
        };
    }

    private static IEnumerable<FuzzTarget> SmallFiles()
    {
        byte[] body = [.. "sealed"u8];
        yield return new("chunk-file", [[.. ChunkFile.EncodeHeader(Chunk, body, new Epoch(5)), .. body]], input =>
        {
            var (head, rest) = (input[..Math.Min(input.Length, ChunkFile.HeaderSizeBytes)], input[Math.Min(input.Length, ChunkFile.HeaderSizeBytes)..]);
            return ChunkFile.DecodeHeader(head, Chunk, rest.Length) is null ? 0 : ChunkFile.IsWhole(head, rest) ? 2 : 1;
        })
        {
            Mend = input => Sums.At(input, 56, from: 48),
        };
        yield return new("data-identity", [new DataIdentity(Members.Id(1), 5).Encode()],
            input => DataIdentity.Decode(input) is { Identity: { } identity } ? Canonical(input, identity.Encode()) : 0)
        { Mend = Sums.AtTheEnd };
        yield return new("scrub-note", [new ScrubNote(3, false, 4, 5, 6, 7).Encode()], input =>
        {
            var note = ScrubNote.Decode(input);
            Promise(note.Next <= PartitionId.Count, "a note is about a partition that there is");
            return note == ScrubNote.None ? 0 : 1;
        })
        {
            Mend = Sums.AtTheEnd,
        };
    }

    private static FuzzTarget Keyring()
    {
        var file = KeyringCodec.Encode(Sample.Owner, null, TestBytes.FreshSource(1));
        return new FuzzTarget("keyring", [file], input => KeyringCodec.Decode("keyring", input, "") switch
        {
            KeyringOutcome.Opened opened => Opened(input, opened),
            KeyringOutcome.PassphraseNeeded => 2,
            KeyringOutcome.Damaged => 0,
            var other => throw new FuzzPromiseException($"an open keyring is opened or damaged, not {other.GetType().Name}"),
        })
        {
            Mend = Sums.Sha256AtTheEnd,
            InputsInCi = 3_000,
        };

        static int Opened(byte[] input, KeyringOutcome.Opened opened)
        {
            using (opened.Keys)
            {
                var reencoded = KeyringCodec.Encode(opened.Keys, null, TestBytes.FreshSource(1));
                Promise(SHA256.HashData(reencoded).Length > 0 && reencoded.Length == input.Length, "what was taken is written as long as it came");
                return 1;
            }
        }
    }

    private static byte[] RecordOf(byte[] ciphertext, ulong tag)
    {
        var record = new SegmentRecord(RecordKind.Chunk, ChunkTree.IdOf(ciphertext), new Epoch(5), ciphertext.Length, Crc32C.Of(ciphertext), 64);
        var head = new byte[record.HeadSizeBytes];
        record.Encode(head, tag);
        return [.. head, .. ciphertext];
    }

    // The sum is over the header and the padding behind it, whose length follows from the record's.
    private static byte[] MendRecord(byte[] input, int at)
    {
        const int CrcAt = 68, LengthAt = 56;
        if (input.Length >= at + SegmentRecord.HeaderSizeBytes)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(input.AsSpan(at + LengthAt));
            var headBytes = length > ChunkFile.ChunkSizeBytesMax ? SegmentRecord.HeaderSizeBytes
                : Math.Min(input.Length - at, SegmentRecord.SizeOf((int)length) - (int)length);
            var crc = Crc32C.Append(Crc32C.Of(input.AsSpan(at, CrcAt)), input.AsSpan(at + SegmentRecord.HeaderSizeBytes, headBytes - SegmentRecord.HeaderSizeBytes));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(at + CrcAt), crc);
        }

        return input;
    }

    private static void Write(SimDisk disk, string name, byte[] bytes)
    {
        disk.CreateFolder(Folder);
        using var file = disk.Create($"{Folder}/{name}");
        file.Write(0, bytes);
    }
}
