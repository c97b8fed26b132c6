using System.Text;

namespace Dfs.Gateway.S3.Signing;

/// <summary>Percent encoding as AWS signs it: all but letters, digits and "-._~" of the UTF-8 bytes, in upper-case hexadecimal.</summary>
public static class UriCode
{
    /// <param name="keepsSlash">In paths, and in keys of listings.</param>
    public static string Encode(string text, bool keepsSlash)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var unit in Encoding.UTF8.GetBytes(text))
        {
            var c = (char)unit;
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' || (keepsSlash && c == '/'))
            {
                encoded.Append(c);
            }
            else
            {
                encoded.Append('%').Append(Convert.ToHexString([unit]));
            }
        }

        return encoded.ToString();
    }
}
