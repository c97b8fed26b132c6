#nullable enable
using System.Collections;
using System.Text;

namespace Akka.IO;

/// <summary>A rope of bytes: joining and slicing share the arrays, nothing is copied.</summary>
/// <remarks>Immutable as long as nobody writes to an array that was handed to <see cref="FromBytes(byte[])"/>.</remarks>
public sealed class ByteString : IEnumerable<byte>, IEquatable<ByteString>
{
    private readonly ReadOnlyMemory<byte>[] _parts;

    private ByteString(ReadOnlyMemory<byte>[] parts, int count) => (_parts, Count) = (parts, count);

    private ByteString(ReadOnlyMemory<byte> part)
        : this([part], part.Length)
    {
    }

    public static ByteString Empty { get; } = new([], 0);

    public int Count { get; }

    public bool IsEmpty => Count == 0;

    public bool IsCompact => _parts.Length <= 1;

    public byte this[int index]
    {
        get
        {
            foreach (var part in _parts)
            {
                if (index < part.Length)
                {
                    return part.Span[index];
                }

                index -= part.Length;
            }

            // What an array throws, and Akka.NET.
#pragma warning disable CA2201
            throw new IndexOutOfRangeException("Requested index is outside of the bounds of the ByteString");
#pragma warning restore CA2201
        }
    }

    public static ByteString operator +(ByteString x, ByteString y) => x.Concat(y);

    public static bool operator ==(ByteString? x, ByteString? y) => x is null ? y is null : x.Equals(y);

    public static bool operator !=(ByteString? x, ByteString? y) => !(x == y);

    /// <summary>Takes the array as it is: it must not change any more.</summary>
    public static ByteString FromBytes(byte[] array) => new(array);

    /// <inheritdoc cref="FromBytes(byte[])"/>
    public static ByteString FromBytes(byte[] array, int offset, int count) => new(array.AsMemory(offset, count));

    public static ByteString CopyFrom(byte[] array) => new(array.AsSpan().ToArray());

    public static ByteString FromString(string str) => FromString(str, Encoding.UTF8);

    public static ByteString FromString(string str, Encoding encoding) => new(encoding.GetBytes(str));

    public ByteString Concat(ByteString other)
    {
        if (other.IsEmpty)
        {
            return this;
        }

        return IsEmpty ? other : new ByteString([.. _parts, .. other._parts], Count + other.Count);
    }

    public ByteString Slice(int index, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)index + count, Count);
        if (count == Count)
        {
            return this;
        }

        var (parts, left) = (new List<ReadOnlyMemory<byte>>(), count);
        foreach (var part in _parts)
        {
            var skipped = Math.Min(index, part.Length);
            var taken = Math.Min(left, part.Length - skipped);
            if (taken > 0)
            {
                parts.Add(part.Slice(skipped, taken));
            }

            (index, left) = (index - skipped, left - taken);
        }

        return count == 0 ? Empty : new ByteString([.. parts], count);
    }

    /// <summary>The same bytes in one piece; itself when they are.</summary>
    public ByteString Compact() => IsCompact ? this : new ByteString(ToArray());

    public byte[] ToArray()
    {
        var all = new byte[Count];
        CopyTo(all, 0, Count);
        return all;
    }

    /// <returns>How many bytes were copied: as many as there are, at most so many.</returns>
    public int CopyTo(byte[] buffer, int index, int count)
    {
        var target = buffer.AsSpan(index, count);
        return CopyTo(ref target, 0, count);
    }

    /// <inheritdoc cref="CopyTo(byte[], int, int)"/>
    public int CopyTo(ref Span<byte> buffer, int index, int count)
    {
        var target = buffer.Slice(index, Math.Min(count, Count));
        var copied = target.Length;
        foreach (var part in _parts)
        {
            var length = Math.Min(part.Length, target.Length);
            part.Span[..length].CopyTo(target);
            target = target[length..];
        }

        return copied;
    }

    public async Task WriteToAsync(Stream stream)
    {
        foreach (var part in _parts)
        {
            await stream.WriteAsync(part);
        }
    }

    public IEnumerator<byte> GetEnumerator()
    {
        foreach (var part in _parts)
        {
            for (var i = 0; i < part.Length; i++)
            {
                yield return part.Span[i];
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(ByteString? other) =>
        ReferenceEquals(this, other) || (other is not null && Count == other.Count && this.SequenceEqual(other));

    public override bool Equals(object? obj) => obj is ByteString other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Count);
        foreach (var part in _parts)
        {
            // Byte by byte: equal bytes may be in different pieces.
            foreach (var value in part.Span)
            {
                hash.Add(value);
            }
        }

        return hash.ToHashCode();
    }

    public override string ToString() => ToString(Encoding.UTF8);

    public string ToString(Encoding encoding) => encoding.GetString(ToArray());
}
