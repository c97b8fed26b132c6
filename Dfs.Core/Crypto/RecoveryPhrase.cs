using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>An owner's keys as groups of five characters that a person can write down and type again.</summary>
/// <remarks>
/// Thirty groups for a keyring with one key epoch. Four characters of a group carry 20 bits, the fifth checks the group
/// and its place: one wrong character, two that changed places and groups that changed places are named by their number.
/// A checksum over all stands behind that. Characters are Crockford's base32: no I, L, O and U; case and separators do not
/// matter. Docs: docs/formats/keyring.md, "Recovery phrase".
/// </remarks>
public static class RecoveryPhrase
{
    /// <summary>Characters of a group, the last of which checks it.</summary>
    public const int GroupChars = 5;

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int GroupsPerLine = 5, ChecksumBytes = 5, GroupPairBytes = 5;
    private const int EpochBytes = 4 + SecretKey.SizeBytes, HeaderBytes = 2 + SecretKey.SizeBytes;

    /// <summary>Four: a rotation that is not finished has two. More do not belong on paper; finish the rotation.</summary>
    public const int EpochsMax = 4;

    private const byte Version = 1;

    /// <returns>Lines of five groups.</returns>
    public static string Encode(OwnerKeys keys)
    {
        Invariant.Holds(keys.Epochs.Count <= EpochsMax, $"a phrase has at most {EpochsMax} key epochs ({keys.Epochs.Count})");
        var bytes = new byte[SizeBytes(keys.Epochs.Count)];
        bytes[0] = Version;
        bytes[1] = (byte)keys.Epochs.Count;
        keys.Root.Span.CopyTo(bytes.AsSpan(2));
        var at = HeaderBytes;
        foreach (var (epoch, secret) in keys.Epochs)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), epoch.Value);
            secret.Span.CopyTo(bytes.AsSpan(at + 4));
            at += EpochBytes;
        }

        ChecksumOf(bytes).CopyTo(bytes.AsSpan(bytes.Length - ChecksumBytes));
        var text = TextOf(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return text;
    }

    /// <param name="text">As it was typed: spaces, dashes and line ends anywhere; O is read as 0, I and L as 1.</param>
    /// <param name="refusal">A sentence for the user that names the wrong group, counted from 1.</param>
    /// <param name="keys">The caller's to dispose.</param>
    public static bool TryDecode(
        string text, [NotNullWhen(true)] out OwnerKeys? keys, [NotNullWhen(false)] out string? refusal)
    {
        keys = null;
        refusal = TryRead(text, out var bytes);
        if (refusal is null)
        {
            keys = KeysOf(bytes);
            refusal = keys is null ? "Every group is right by itself, but together they are no recovery phrase: are all there, in order?" : null;
        }

        CryptographicOperations.ZeroMemory(bytes);
        return keys is not null;
    }

    private static int SizeBytes(int epochs) =>
        (HeaderBytes + (epochs * EpochBytes) + ChecksumBytes + GroupPairBytes - 1) / GroupPairBytes * GroupPairBytes;

    // Up to the checksum; what fills up to a whole number of groups is zero and is covered too.
    private static ReadOnlySpan<byte> ChecksumOf(ReadOnlySpan<byte> bytes) =>
        SHA256.HashData([.. "dfs recovery phrase 1\0"u8, .. bytes[..^ChecksumBytes]]).AsSpan(0, ChecksumBytes);

    private static string TextOf(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        var groups = bytes.Length * 8 / 20;
        Span<int> values = stackalloc int[GroupChars];
        for (var group = 0; group < groups; group++)
        {
            if (group > 0)
            {
                text.Append(group % GroupsPerLine == 0 ? '\n' : ' ');
            }

            for (var i = 0; i < GroupChars - 1; i++)
            {
                values[i] = FiveBits(bytes, (group * 20) + (i * 5));
                text.Append(Alphabet[values[i]]);
            }

            text.Append(Alphabet[CheckOf(values, group)]);
        }

        return text.ToString();
    }

    private static string? TryRead(string text, out byte[] bytes)
    {
        var values = new List<int>(256);
        bytes = [];
        foreach (var c in text.Where(c => !char.IsWhiteSpace(c) && c != '-'))
        {
            if (values.Count / GroupChars >= SizeBytes(EpochsMax) * 8 / 20)
            {
                return "This is longer than a recovery phrase.";
            }

            if (ValueOf(c) is not (>= 0 and var value))
            {
                return $"Group {(values.Count / GroupChars) + 1}: '{c}' is in no recovery phrase.";
            }

            values.Add(value);
        }

        if (values.Count == 0 || values.Count % (2 * GroupChars) != 0)
        {
            return $"A recovery phrase has an even number of groups of {GroupChars} characters; this one has {values.Count} characters.";
        }

        bytes = new byte[values.Count / GroupChars * 20 / 8];
        for (var group = 0; group < values.Count / GroupChars; group++)
        {
            var chars = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(values).Slice(group * GroupChars, GroupChars);
            if (CheckOf(chars, group) != chars[GroupChars - 1])
            {
                return $"Group {group + 1} has a mistake, or stands in the wrong place.";
            }

            for (var i = 0; i < GroupChars - 1; i++)
            {
                SetFiveBits(bytes, (group * 20) + (i * 5), chars[i]);
            }
        }

        return null;
    }

    private static OwnerKeys? KeysOf(ReadOnlySpan<byte> bytes)
    {
        int count = bytes[1];
        if (bytes[0] != Version || count is 0 or > EpochsMax || bytes.Length != SizeBytes(count)
            || !CryptographicOperations.FixedTimeEquals(ChecksumOf(bytes), bytes[^ChecksumBytes..]))
        {
            return null;
        }

        var reader = new ByteReader(bytes.Slice(2, SecretKey.SizeBytes + (count * EpochBytes)));
        var root = reader.Fixed(SecretKey.SizeBytes);
        var epochs = ImmutableSortedDictionary.CreateBuilder<KeyEpoch, EpochSecret>();
        for (var i = 0; i < count; i++)
        {
            var epoch = new KeyEpoch(reader.U32());
            if (epochs.Count > 0 && epochs.Keys.Last().CompareTo(epoch) >= 0)
            {
                return null;
            }

            epochs.Add(epoch, new EpochSecret(reader.Fixed(SecretKey.SizeBytes)));
        }

        return new OwnerKeys(new RootKey(root), epochs.ToImmutable());
    }

    /// <summary>
    /// x·c0 + x²·c1 + x³·c2 + x⁴·c3 + place over GF(32): each factor is another one, so one wrong character and two that changed
    /// places always show.
    /// </summary>
    private static int CheckOf(ReadOnlySpan<int> group, int place)
    {
        var check = 0;
        for (var i = GroupChars - 2; i >= 0; i--)
        {
            check = TimesX(check ^ group[i]);
        }

        return check ^ (place & 31);
    }

    // Modulo x⁵ + x² + 1.
    private static int TimesX(int value) => (value << 1) ^ ((value & 16) != 0 ? 0b100101 : 0);

    private static int ValueOf(char c) => char.ToUpperInvariant(c) switch
    {
        'O' => 0,
        'I' or 'L' => 1,
        var upper => Alphabet.IndexOf(upper, StringComparison.Ordinal),
    };

    private static int FiveBits(ReadOnlySpan<byte> bytes, int bit)
    {
        var window = (bytes[bit / 8] << 8) | (bit / 8 + 1 < bytes.Length ? bytes[(bit / 8) + 1] : 0);
        return (window >> (11 - (bit % 8))) & 31;
    }

    private static void SetFiveBits(Span<byte> bytes, int bit, int value)
    {
        var window = value << (11 - (bit % 8));
        bytes[bit / 8] |= (byte)(window >> 8);
        if ((window & 0xFF) != 0)
        {
            bytes[(bit / 8) + 1] |= (byte)(window & 0xFF);
        }
    }
}
