#nullable enable
using System.Collections;
using System.Text;

namespace Akka.IO;

/// <summary>Bytes that do not change, as long as nobody writes to the array that was handed to <see cref="FromBytes(byte[])"/>.</summary>
public sealed class ByteString : IEnumerable<byte>, IEquatable<ByteString>
{
    private readonly ReadOnlyMemory<byte> _bytes;

    private ByteString(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    public int Count => _bytes.Length;

    /// <summary>Takes the array as it is: it must not change any more.</summary>
    public static ByteString FromBytes(byte[] array) => new(array);

    /// <inheritdoc cref="FromBytes(byte[])"/>
    public static ByteString FromBytes(byte[] array, int offset, int count) => new(array.AsMemory(offset, count));

    public byte[] ToArray() => _bytes.ToArray();

    public Task WriteToAsync(Stream stream) => stream.WriteAsync(_bytes).AsTask();

    public IEnumerator<byte> GetEnumerator()
    {
        for (var i = 0; i < _bytes.Length; i++)
        {
            yield return _bytes.Span[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(ByteString? other) => other is not null && _bytes.Span.SequenceEqual(other._bytes.Span);

    public override bool Equals(object? obj) => obj is ByteString other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_bytes.Span);
        return hash.ToHashCode();
    }

    public override string ToString() => Encoding.UTF8.GetString(_bytes.Span);
}
