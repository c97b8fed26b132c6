namespace Dfs.Core.Primitives;

/// <summary>Immutable bytes with value equality; never printed, they may be secret.</summary>
public sealed class ByteString : IEquatable<ByteString>
{
    public static readonly ByteString Empty = new([]);

    private readonly byte[] _bytes;

    /// <param name="source">Copied.</param>
    public ByteString(ReadOnlySpan<byte> source) => _bytes = source.ToArray();

    public int Length => _bytes.Length;

    public bool IsEmpty => _bytes.Length == 0;

    public ReadOnlySpan<byte> Span => _bytes;

    public ReadOnlyMemory<byte> Memory => _bytes;

    public bool Equals(ByteString? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    public override bool Equals(object? obj) => Equals(obj as ByteString);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    public override string ToString() => $"{_bytes.Length} bytes";
}
