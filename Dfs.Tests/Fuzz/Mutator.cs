using System.Buffers.Binary;

namespace Dfs.Tests.Fuzz;

/// <summary>Changes inputs as those do who look for a parser's mistakes: lengths, numbers at the edges, pieces of other inputs.</summary>
/// <remarks>Makes the same from the same random source. Not thread-safe.</remarks>
internal sealed class Mutator(Random random, int inputBytesMax)
{
    private static readonly ulong[] Edges =
    [
        0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000,
        long.MaxValue, 1UL << 63, ulong.MaxValue,
    ];

    private readonly byte[] _bytes = new byte[inputBytesMax];
    private int _length;

    /// <param name="other">Pieces of it may come in.</param>
    public byte[] Mutate(ReadOnlySpan<byte> source, ReadOnlySpan<byte> other, IReadOnlyList<byte[]> words)
    {
        _length = Math.Min(source.Length, _bytes.Length);
        source[.._length].CopyTo(_bytes);
        for (var changes = 1 + (random.Next(4) == 0 ? random.Next(8) : random.Next(2)); changes > 0; changes--)
        {
            ChangeOnce(other, words);
        }

        return _bytes.AsSpan(0, _length).ToArray();
    }

    private void ChangeOnce(ReadOnlySpan<byte> other, IReadOnlyList<byte[]> words)
    {
        if (_length == 0)
        {
            Insert(0, other[..random.Next(other.Length + 1)]);
            return;
        }

        var at = random.Next(_length);
        switch (random.Next(words.Count > 0 ? 16 : 12))
        {
            case 0: _bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: _bytes[at] = (byte)random.Next(256); break;
            case 2: _bytes[at] = (byte)Edges[random.Next(6)]; break;
            case 3: SetNumber(at, Edges[random.Next(Edges.Length)]); break;
            case 4: SetNumber(at, (ulong)Math.Max(0, _length - at + random.Next(-9, 10))); break;
            case 5: AddToNumber(at); break;
            case 6: _length = at; break;
            case 7: Remove(at, 1 + random.Next(Math.Min(_length - at, random.Next(4) == 0 ? _length : 16))); break;
            case 8: Insert(at, _bytes.AsSpan(at, 1 + random.Next(Math.Min(64, _length - at))).ToArray()); break;
            case 9: Repeat(at); break;
            case 10: Splice(at, other); break;
            case 11: Insert(random.Next(_length + 1), [(byte)random.Next(256)]); break;
            case 12: Insert(random.Next(_length + 1), words[random.Next(words.Count)]); break;
            case 13: Overwrite(at, words[random.Next(words.Count)]); break;
            default: Replace(at, words[random.Next(words.Count)]); break;
        }
    }

    // What stands between two delimiters of a text, quotes included or not.
    private void Replace(int at, ReadOnlySpan<byte> word)
    {
        var delimiters = random.Next(2) == 0 ? ",:[]{}<>&=;/\r\n\""u8 : ",:[]{}<>&=;/\r\n"u8;
        var bytes = _bytes.AsSpan(0, _length);
        var start = bytes[..at].LastIndexOfAny(delimiters) + 1;
        var length = bytes[at..].IndexOfAny(delimiters);
        Remove(start, (length < 0 ? _length : at + length) - start);
        Insert(start, word);
    }

    // Numbers of formats have 1, 2, 4 or 8 bytes and stand with their highest byte first; protobuf's varints and little-endian ones come by chance.
    private void SetNumber(int at, ulong value)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(number, value);
        Overwrite(at, number[^(1 << random.Next(4))..]);
    }

    private void AddToNumber(int at)
    {
        var sizeBytes = 1 << random.Next(4);
        if (at + sizeBytes <= _length)
        {
            Span<byte> number = stackalloc byte[8];
            number.Clear();
            _bytes.AsSpan(at, sizeBytes).CopyTo(number[^sizeBytes..]);
            var value = BinaryPrimitives.ReadUInt64BigEndian(number);
            BinaryPrimitives.WriteUInt64BigEndian(number, unchecked(value + (ulong)(long)random.Next(-3, 4)));
            number[^sizeBytes..].CopyTo(_bytes.AsSpan(at));
        }
    }

    private void Repeat(int at)
    {
        var piece = _bytes.AsSpan(at, 1 + random.Next(Math.Min(32, _length - at))).ToArray();
        for (var times = 1 << random.Next(10); times > 0 && _length + piece.Length <= _bytes.Length; times--)
        {
            Insert(at, piece);
        }
    }

    private void Splice(int at, ReadOnlySpan<byte> other)
    {
        if (other.IsEmpty)
        {
            return;
        }

        var from = random.Next(other.Length);
        var piece = other.Slice(from, 1 + random.Next(other.Length - from));
        if (random.Next(2) == 0)
        {
            Overwrite(at, piece);
        }
        else
        {
            Insert(at, piece);
        }
    }

    private void Overwrite(int at, ReadOnlySpan<byte> piece) => piece[..Math.Min(piece.Length, _length - at)].CopyTo(_bytes.AsSpan(at));

    private void Insert(int at, ReadOnlySpan<byte> piece)
    {
        var count = Math.Min(piece.Length, _bytes.Length - _length);
        _bytes.AsSpan(at, _length - at).CopyTo(_bytes.AsSpan(at + count));
        piece[..count].CopyTo(_bytes.AsSpan(at));
        _length += count;
    }

    private void Remove(int at, int count)
    {
        _bytes.AsSpan(at + count, _length - at - count).CopyTo(_bytes.AsSpan(at));
        _length -= count;
    }
}
