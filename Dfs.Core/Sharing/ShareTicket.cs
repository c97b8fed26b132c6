using System.Text;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Sharing;

/// <summary>What the owner signs of a share: what it opens, until when, and under which id it is revoked.</summary>
public sealed record ShareTicket
{
    public required ShareScope Scope { get; init; }

    public required ClusterId Cluster { get; init; }

    public required BucketId Bucket { get; init; }

    public required RegisterId Register { get; init; }

    public required OwnerPublicKey Owner { get; init; }

    /// <summary>Zero for a whole file.</summary>
    public required VersionId Version { get; init; }

    public required ShareId Id { get; init; }

    /// <summary>Seconds since 1970 UTC; 0 for never.</summary>
    public required ulong ExpiresUnixSeconds { get; init; }

    /// <summary>What to call the file when it is fetched: the last part of its key, at most <see cref="Capability.NameBytesMax"/> bytes.</summary>
    public required string Name { get; init; }

    /// <summary>How far a clock may be off: a share is refused from this long after its expiry on.</summary>
    public static readonly TimeSpan ClockSkewMax = TimeSpan.FromSeconds(60);

    /// <param name="now">Of the node that is asked.</param>
    public bool HasExpired(DateTimeOffset now) => HasExpired(ExpiresUnixSeconds, now);

    public static bool HasExpired(ulong expiresUnixSeconds, DateTimeOffset now) =>
        expiresUnixSeconds != 0 && (ulong)Math.Max(0, (now - ClockSkewMax).ToUnixTimeSeconds()) >= expiresUnixSeconds;

    /// <summary>The last part of a key, as much of it as fits.</summary>
    public static string NameOf(ObjectKey key)
    {
        var name = key.Name[(key.Name.TrimEnd('/').LastIndexOf('/') + 1)..].TrimEnd('/');
        while (Encoding.UTF8.GetByteCount(name) > Capability.NameBytesMax)
        {
            name = name[..^(char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        }

        return name;
    }

    internal void WriteTo(ByteWriter writer)
    {
        writer.Byte((byte)Scope);
        writer.Bytes16(Cluster.Value);
        writer.Bytes16(Bucket.Value);
        writer.Bytes32(Register.Value);
        writer.Bytes32(Owner.X);
        writer.Bytes32(Owner.Y);
        writer.Bytes16(Version.Value);
        writer.Bytes16(Id.Value);
        writer.U64(ExpiresUnixSeconds);
        writer.Text(Name);
    }

    /// <returns>Something without meaning when the reader has failed.</returns>
    internal static ShareTicket ReadFrom(ref ByteReader reader)
    {
        var scope = (ShareScope)reader.Byte();
        var ticket = new ShareTicket
        {
            Scope = scope,
            Cluster = new ClusterId(reader.Bytes16()),
            Bucket = new BucketId(reader.Bytes16()),
            Register = new RegisterId(reader.Bytes32()),
            Owner = new OwnerPublicKey(reader.Bytes32(), reader.Bytes32()),
            Version = new VersionId(reader.Bytes16()),
            Id = new ShareId(reader.Bytes16()),
            ExpiresUnixSeconds = reader.U64(),
            Name = reader.Text(Capability.NameBytesMax),
        };
        reader.Require(scope is ShareScope.File or ShareScope.Version && (scope == ShareScope.Version || ticket.Version == default));
        return ticket;
    }
}
