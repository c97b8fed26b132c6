using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Primitives;

namespace Dfs.Core.Trust.Grants;

/// <summary>What is kept of an access key or a token: how it is recognised, and what it opens. docs/formats/grants.md.</summary>
public sealed class KeyRecord
{
    /// <summary>128, as long as the secret of an access key may be.</summary>
    public const int SecretBytesMax = 128;

    public const int SizeBytesMax = 5 + 1 + 2 + SecretBytesMax + GrantSet.SizeBytesMax;

    private readonly byte[] _secret;

    public KeyRecord(KeyKind kind, ReadOnlySpan<byte> secret, GrantSet grants)
    {
        Invariant.Holds(IsSecret(kind, secret), $"a key's secret has its form ({secret.Length} bytes)");
        (Kind, _secret, Grants) = (kind, secret.ToArray(), grants);
    }

    private static ReadOnlySpan<byte> Magic => "DFSK\x02"u8;

    public KeyKind Kind { get; }

    /// <summary>Of an access key the secret itself, because signatures need it; of a token its SHA-256.</summary>
    public ReadOnlySpan<byte> Secret => _secret;

    public GrantSet Grants { get; }

    public byte[] Encode()
    {
        var writer = new ByteWriter();
        writer.Fixed(Magic);
        writer.Byte((byte)Kind);
        writer.Block16(_secret);
        Grants.WriteTo(writer);
        return writer.ToArray();
    }

    /// <summary>Reads a record, also one from before there were grants: an access key's bare secret, which opens all of its owner's buckets.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out KeyRecord? record)
    {
        record = null;
        if (IsSecret(KeyKind.AccessKey, bytes))
        {
            record = new KeyRecord(KeyKind.AccessKey, bytes, GrantSet.AllOfOwner);
            return true;
        }

        var reader = new ByteReader(bytes);
        reader.Expect(Magic);
        var kind = (KeyKind)reader.Byte();
        var secret = reader.Block16(SecretBytesMax);
        reader.Require(IsSecret(kind, secret));
        if (GrantSet.ReadFrom(ref reader) is { } grants && reader.IsComplete)
        {
            record = new KeyRecord(kind, secret, grants);
        }

        return record is not null;
    }

    public override string ToString() => $"KeyRecord {Kind} (secret)";

    // No printable text has the byte 2 of the magic in it.
    private static bool IsSecret(KeyKind kind, ReadOnlySpan<byte> secret) => kind switch
    {
        KeyKind.AccessKey => secret.Length is >= 8 and <= SecretBytesMax && !secret.ContainsAnyExceptInRange((byte)'!', (byte)'~'),
        KeyKind.Token => secret.Length == Bytes32.SizeBytes,
        _ => false,
    };
}

/// <summary>What a record is of; the values are stored.</summary>
public enum KeyKind : byte
{
    AccessKey = 1,
    Token = 2,
}
