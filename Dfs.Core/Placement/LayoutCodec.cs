using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

// The bytes of a layout; docs/formats/layout.md.
public sealed partial class Layout
{
    /// <summary>64 KiB: a layout fits a control message and a register's value.</summary>
    public const int EncodedBytesMax = 64 * 1024;

    private const byte InNext = 1, InOld = 2;

    /// <summary>1 had no table: it was derived from the members by hash.</summary>
    private const byte HashedVersion = 1, FormatVersion = 2;

    private static ReadOnlySpan<byte> Magic => "DFSL"u8;

    /// <summary>Equal layouts have equal bytes.</summary>
    public byte[] Encode()
    {
        var writer = new ByteWriter(4096);
        writer.Fixed(Magic);
        writer.Byte(_version);
        writer.U64(Number.Value);
        writer.Bytes16(Cluster.Value);
        writer.Byte((byte)Factors.Data);
        writer.Byte((byte)Factors.Metadata);
        var entries = Entries();
        writer.U16((ushort)entries.Count);
        foreach (var (member, lists) in entries)
        {
            Write(writer, member, lists);
        }

        if (_version >= FormatVersion)
        {
            _next.Value.Write(writer);
            _old?.Value.Write(writer);
        }

        return writer.ToArray();
    }

    /// <summary>Null for anything that <see cref="Encode"/> would not have written.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Layout? layout)
    {
        layout = null;
        var reader = new ByteReader(bytes);
        reader.Require(bytes.Length <= EncodedBytesMax);
        reader.Expect(Magic);
        var version = reader.Byte();
        reader.Require(version is HashedVersion or FormatVersion);
        var number = new LayoutNumber(reader.U64());
        var cluster = new ClusterId(reader.Bytes16());
        var factors = new LayoutFactors(reader.Byte(), reader.Byte());
        var (next, old) = ReadMembers(ref reader);
        if (reader.HasFailed || number == LayoutNumber.None || Refusal(factors, next) is not null
            || (old.Count > 0 && Refusal(factors, old) is not null))
        {
            return false;
        }

        var nextList = ReadList(ref reader, version, factors, next);
        var oldList = old.Count > 0 ? ReadList(ref reader, version, factors, old) : null;
        if (!reader.IsComplete)
        {
            return false;
        }

        var decoded = new Layout(number, cluster, factors, nextList!, oldList, version);
        layout = decoded.Encode().AsSpan().SequenceEqual(bytes) ? decoded : null;
        return layout is not null;
    }

    // By id; a member that both lists describe alike stands once, otherwise the old description comes first.
    private List<(LayoutMember Member, byte Lists)> Entries()
    {
        var entries = new List<(LayoutMember Member, byte Lists)>();
        entries.AddRange(OldMembers.Select(member =>
            (member, Members.Contains(member) ? (byte)(InNext | InOld) : InOld)));
        entries.AddRange(Members.Where(member => !OldMembers.Contains(member)).Select(member => (member, InNext)));
        return [.. entries.OrderBy(entry => entry.Member.Id).ThenByDescending(entry => entry.Lists)];
    }

    private static void Write(ByteWriter writer, LayoutMember member, byte lists)
    {
        writer.Byte(lists);
        writer.Bytes16(member.Id.Value);
        writer.Bytes16(member.Slot);
        writer.U64(member.StartFloor);
        writer.U32(member.Weight);
        writer.Text(member.Name);
        writer.Text(member.Zone);
        writer.Text(member.Address);
        writer.Text(member.PeerEndpoint);
    }

    private static (List<LayoutMember> Next, List<LayoutMember> Old) ReadMembers(ref ByteReader reader)
    {
        const int EntryBytesMin = 1 + 16 + 16 + 8 + 4 + (4 * 2);
        List<LayoutMember> next = [], old = [];
        var count = reader.Count16(EntryBytesMin, 2 * MembersMax);
        for (var index = 0; index < count && !reader.HasFailed; index++)
        {
            var lists = reader.Byte();
            reader.Require(lists is InNext or InOld or (InNext | InOld));
            var member = ReadMember(ref reader);
            if ((lists & InNext) != 0)
            {
                next.Add(member);
            }

            if ((lists & InOld) != 0)
            {
                old.Add(member);
            }
        }

        return (next, old);
    }

    private static MemberList? ReadList(ref ByteReader reader, byte version, LayoutFactors factors, List<LayoutMember> members)
    {
        if (version == HashedVersion)
        {
            return Hashed(factors, members);
        }

        var sorted = Sorted(members);
        return PartitionTable.Read(ref reader, sorted, factors) is { } table ? new(sorted, new(() => table)) : null;
    }

    private static LayoutMember ReadMember(ref ByteReader reader)
    {
        var id = new ReplicaId(reader.Bytes16());
        var slot = reader.Bytes16();
        var startFloor = reader.U64();
        var weight = reader.U32();
        var name = reader.Text(LayoutMember.NameBytesMax);
        var zone = reader.Text(LayoutMember.NameBytesMax);
        var address = reader.Text(LayoutMember.AddressBytesMax);
        return new(id, slot, startFloor, name, zone, weight, address, reader.Text(LayoutMember.AddressBytesMax));
    }
}
