using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>Draws new random bytes; given in from where randomness is allowed.</summary>
public delegate FreshBytes FreshSource();

/// <summary>Thirty-two random bytes that can be used once: a salt, or what a one-time key is made of.</summary>
/// <remarks>A second use of one salt under one key would reuse a keystream, so it is a programming error that stops.</remarks>
public sealed class FreshBytes
{
    public const int SizeBytes = 32;

    private readonly byte[] _bytes;
    private int _isTaken;

    /// <param name="source">Exactly 32 bytes, drawn for this instance and nothing else; copied.</param>
    public FreshBytes(ReadOnlySpan<byte> source)
    {
        Invariant.Holds(source.Length == SizeBytes, $"fresh bytes are 32 ({source.Length})");
        _bytes = source.ToArray();
    }

    /// <summary>Moves the bytes out; they are gone from here afterwards.</summary>
    public void Take(Span<byte> target)
    {
        Invariant.Holds(Interlocked.Exchange(ref _isTaken, 1) == 0, "fresh bytes are used once");
        _bytes.CopyTo(target);
        CryptographicOperations.ZeroMemory(_bytes);
    }

    public override string ToString() => "FreshBytes (secret)";
}
