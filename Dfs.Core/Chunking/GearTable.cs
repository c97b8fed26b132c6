using System.Buffers.Binary;
using System.Security.Cryptography;
using Dfs.Core.Crypto;

namespace Dfs.Core.Chunking;

/// <summary>A random number for each byte value, from the bucket's cutting key.</summary>
internal sealed class GearTable : IDisposable
{
    /// <summary>64: a byte's number is shifted out of the hash after as many more bytes.</summary>
    public const int WindowBytes = 64;

    private readonly ulong[] _numbers = new ulong[256];

    public GearTable(CuttingKey key)
    {
        Span<byte> bytes = stackalloc byte[256 * sizeof(ulong)];
        Kdf.Derive(key, "dfs gear table 1"u8, default, bytes);
        for (var i = 0; i < _numbers.Length; i++)
        {
            _numbers[i] = BinaryPrimitives.ReadUInt64BigEndian(bytes[(i * sizeof(ulong))..]);
        }

        CryptographicOperations.ZeroMemory(bytes);
    }

    public ReadOnlySpan<ulong> Numbers => _numbers;

    public void Dispose() => Array.Clear(_numbers);
}
