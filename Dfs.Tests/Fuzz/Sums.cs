using System.Buffers.Binary;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Fuzz;

/// <summary>Makes sums right again in inputs that were changed.</summary>
internal static class Sums
{
    /// <summary>A CRC-32C over all before it, in the last four bytes.</summary>
    public static byte[] AtTheEnd(byte[] input) => AtTheEnd(input, []);

    /// <param name="key">Goes before the bytes.</param>
    public static byte[] AtTheEnd(byte[] input, byte[] key)
    {
        if (input.Length >= sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(input.Length - sizeof(uint)), Crc32C.Append(Crc32C.Of(key), input.AsSpan(..^sizeof(uint))));
        }

        return input;
    }

    /// <summary>A CRC-32C over the bytes before <paramref name="at"/>, written there.</summary>
    public static byte[] At(byte[] input, int at, int from = 0)
    {
        if (input.Length >= at + sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(at), Crc32C.Of(input.AsSpan(from, at - from)));
        }

        return input;
    }

    /// <summary>A SHA-256 over all before it, in the last 32 bytes.</summary>
    public static byte[] Sha256AtTheEnd(byte[] input) => Sha256AtTheEnd(input, SHA256.HashSizeInBytes);

    /// <param name="sumBytes">How many of the 32 there are.</param>
    public static byte[] Sha256AtTheEnd(byte[] input, int sumBytes)
    {
        if (input.Length >= sumBytes)
        {
            SHA256.HashData(input.AsSpan(..^sumBytes)).AsSpan(..sumBytes).CopyTo(input.AsSpan(input.Length - sumBytes));
        }

        return input;
    }
}
