namespace Dfs.Core.Crypto;

/// <summary>XORs whole blocks with the keystream from a counter on.</summary>
internal interface ICounterCipher : IDisposable
{
    /// <param name="source">A multiple of 16 bytes; <paramref name="target"/> is the same span or apart.</param>
    void TransformBlocks(ReadOnlySpan<byte> source, Span<byte> target, UInt128 counter);
}
