using System.Collections.Immutable;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Trust;

/// <summary>An invitation as its maker remembers it: without its secret.</summary>
/// <param name="Node">The only directory that may use it; null: one that the cluster does not know.</param>
/// <param name="UsedBy">Null until it is used.</param>
/// <param name="Note">What the person who made it calls it.</param>
public sealed record InvitationEntry(Bytes16 Id, DateTimeOffset Expires, ReplicaId? Node, ReplicaId? UsedBy, string Note)
{
    /// <summary>What the certificate will say; the newcomer may ask for less.</summary>
    public NodeRole Role { get; init; } = NodeRole.Gateway;
}

/// <summary>Why an invitation is not good; <see cref="Welcome"/> when it is.</summary>
public enum JoinVerdict : byte
{
    Welcome = 0,

    /// <summary>Of another node, withdrawn, or forgotten.</summary>
    Unknown = 1,
    Used = 2,
    Expired = 3,

    /// <summary>Not with the secret of the invitation.</summary>
    WrongProof = 4,

    /// <summary>A directory that the cluster knows, or that was expelled, and the invitation is not for it; or it is for another.</summary>
    WrongNode = 5,
    Malformed = 6,
}

/// <summary>The invitations that one node has made. Each is used once.</summary>
/// <remarks>Pure; whoever uses one keeps the next list durably before the certificate is given out. Bytes: docs/formats/trust.md.</remarks>
public sealed record InvitationList
{
    /// <summary>1,024; the oldest that are used or over go first.</summary>
    public const int EntriesMax = 1024;

    /// <summary>100 bytes.</summary>
    public const int NoteBytesMax = 100;

    public const int BytesMax = 5 + 2 + (EntriesMax * (Bytes16.SizeBytes + 8 + (2 * Bytes16.SizeBytes) + 2 + NoteBytesMax + 1)) + 32;

    public static readonly InvitationList Empty = new();

    public ImmutableList<InvitationEntry> Entries { get; private init; } = [];

    private static ReadOnlySpan<byte> Magic => "DFSL"u8;

    // Programs before roles read version 1: it is written as long as it says all.
    private byte Version => Entries.All(entry => entry.Role == NodeRole.Gateway) ? (byte)1 : (byte)2;

    /// <returns>Null when there are too many that are still good.</returns>
    public InvitationList? Add(InvitationEntry entry, DateTimeOffset now)
    {
        var entries = Entries.Count < EntriesMax ? Entries : Entries.RemoveAll(one => one.UsedBy is not null || one.Expires < now);
        return entries.Count < EntriesMax ? new InvitationList { Entries = entries.Add(entry) } : null;
    }

    public InvitationList Withdraw(Bytes16 id) => new() { Entries = Entries.RemoveAll(one => one.Id == id) };

    /// <param name="isKnown">Whether the cluster knows the directory, or has expelled it.</param>
    /// <returns>The list in which it is used; this one when it is not good.</returns>
    public (InvitationList Next, JoinVerdict Verdict) Use(Bytes16 id, ReplicaId node, bool isKnown, DateTimeOffset now)
    {
        var entry = Entries.Find(one => one.Id == id);
        var verdict = entry is null ? JoinVerdict.Unknown
            : entry.UsedBy is not null ? JoinVerdict.Used
            : now > entry.Expires ? JoinVerdict.Expired
            : (entry.Node is { } meant ? meant != node : isKnown) ? JoinVerdict.WrongNode
            : JoinVerdict.Welcome;
        return verdict == JoinVerdict.Welcome
            ? (new InvitationList { Entries = Entries.Replace(entry!, entry! with { UsedBy = node }) }, verdict)
            : (this, verdict);
    }

    public byte[] Encode()
    {
        var writer = new ByteWriter(256);
        writer.Fixed(Magic);
        writer.Byte(Version);
        writer.U16((ushort)Entries.Count);
        foreach (var entry in Entries)
        {
            writer.Bytes16(entry.Id);
            writer.I64(entry.Expires.ToUnixTimeSeconds());
            writer.Bytes16(entry.Node?.Value ?? default);
            writer.Bytes16(entry.UsedBy?.Value ?? default);
            writer.Text(entry.Note);
            if (Version > 1)
            {
                writer.Byte((byte)entry.Role);
            }
        }

        writer.Fixed(SHA256.HashData(writer.Written));
        return writer.ToArray();
    }

    /// <returns>Null when it is damaged.</returns>
    public static InvitationList? Decode(ReadOnlySpan<byte> bytes)
    {
        const int ChecksumBytes = 32;
        if (bytes.Length < ChecksumBytes || !SHA256.HashData(bytes[..^ChecksumBytes]).AsSpan().SequenceEqual(bytes[^ChecksumBytes..]))
        {
            return null;
        }

        var reader = new ByteReader(bytes[..^ChecksumBytes]);
        reader.Expect(Magic);
        var version = reader.Byte();
        reader.Require(version is 1 or 2);
        var count = reader.Count16(Bytes16.SizeBytes + 8 + (2 * Bytes16.SizeBytes) + 2, EntriesMax);
        var entries = ImmutableList.CreateBuilder<InvitationEntry>();
        for (var i = 0; i < count; i++)
        {
            var id = reader.Bytes16();
            var expires = reader.I64();
            var (node, usedBy) = (reader.Bytes16(), reader.Bytes16());
            var note = reader.Text(NoteBytesMax);
            var role = version > 1 ? (NodeRole)reader.Byte() : NodeRole.Gateway;
            if (reader.Require(expires is >= 0 and <= 253_402_300_799 && Enum.IsDefined(role)))
            {
                entries.Add(new InvitationEntry(id, DateTimeOffset.FromUnixTimeSeconds(expires), Some(node), Some(usedBy), note) { Role = role });
            }
        }

        var list = new InvitationList { Entries = entries.ToImmutable() };
        return reader.IsComplete && list.Version == version ? list : null;

        static ReplicaId? Some(Bytes16 value) => value == default ? default(ReplicaId?) : new ReplicaId(value);
    }
}
