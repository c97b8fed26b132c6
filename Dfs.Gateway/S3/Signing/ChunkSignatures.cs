using System.Security.Cryptography;
using System.Text;

namespace Dfs.Gateway.S3.Signing;

/// <summary>The chain of signatures of content that is signed chunk by chunk: each one is over the one before it.</summary>
/// <remarks>"Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks", Amazon S3 API Reference.</remarks>
/// <param name="key">Disposed of with this.</param>
/// <param name="time">Of the request.</param>
/// <param name="seed">The request's own signature.</param>
public sealed class ChunkSignatures(SigningKey key, CredentialScope scope, string time, string seed) : IDisposable
{
    private static readonly string EmptyHash = Convert.ToHexStringLower(SHA256.HashData([]));

    private string _previous = seed;

    /// <param name="contentHash">SHA-256 of the chunk's content, 32 bytes.</param>
    public bool VerifiesChunk(ReadOnlySpan<byte> contentHash, string signature) => Verifies(
        $"AWS4-HMAC-SHA256-PAYLOAD\n{time}\n{scope}\n{_previous}\n{EmptyHash}\n{Convert.ToHexStringLower(contentHash)}", signature);

    /// <param name="trailers">"name:value\n" of each, names in lower case, in the order in which they came.</param>
    public bool VerifiesTrailers(string trailers, string signature) => Verifies(
        $"AWS4-HMAC-SHA256-TRAILER\n{time}\n{scope}\n{_previous}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(trailers)))}",
        signature);

    public void Dispose() => key.Dispose();

    private bool Verifies(string stringToSign, string signature)
    {
        if (!key.Verifies(stringToSign, signature))
        {
            return false;
        }

        _previous = signature;
        return true;
    }
}
