using System.Buffers;
using System.Buffers.Text;

namespace Dfs.Core.Sharing;

/// <summary>Bytes as text that survives mail and shells: a prefix that says what it is, then base64url without padding.</summary>
internal static class ShareText
{
    /// <summary>4 KiB: four times the largest capability.</summary>
    private const int CharsMax = 4096;

    /// <returns>False unless the text is exactly what these bytes are written as: no second form of the same bytes.</returns>
    public static bool TryDecode(string text, string prefix, out byte[] bytes)
    {
        bytes = [];
        if (text.Length > CharsMax || !text.StartsWith(prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var digits = text.AsSpan(prefix.Length);
        var decoded = new byte[Base64Url.GetMaxDecodedLength(digits.Length)];
        if (Base64Url.DecodeFromChars(digits, decoded, out _, out var written) != OperationStatus.Done)
        {
            return false;
        }

        bytes = decoded[..written];
        return digits.SequenceEqual(Base64Url.EncodeToString(bytes));
    }
}
