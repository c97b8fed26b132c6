using System.Text;

namespace Dfs.Core.Listing;

/// <summary>Cuts one page of a listing from names in their order.</summary>
/// <remarks>
/// As S3's ListObjectsV2 does it: names and common prefixes count together, a common prefix counts once however many names it
/// stands for, and a page is truncated when something of the listing follows it. The cost is that of what is on the page: a
/// common prefix is passed over by one seek.
/// </remarks>
public static class PageCut
{
    public static NamePage<T> Of<T>(ListOptions options, INameCursor<T> all)
    {
        var names = options.Within is { } within ? new NamesWithin<T>(all, within) : all;
        var (prefix, delimiter) = (Encoding.UTF8.GetBytes(options.Prefix), Encoding.UTF8.GetBytes(options.Delimiter));
        var countMax = Math.Min(options.CountMax, ListOptions.CountLimit);
        var entries = new List<T>();
        var commonPrefixes = new List<string>();
        byte[] last = [];
        var isOn = countMax > 0 && names.Seek(Start(prefix, delimiter, options.After)) && names.Name.StartsWith(prefix);
        while (isOn && entries.Count + commonPrefixes.Count < countMax)
        {
            var commonBytes = CommonPrefixBytes(names.Name, prefix, delimiter);
            if (commonBytes > 0)
            {
                last = names.Name[..commonBytes].ToArray();
                commonPrefixes.Add(Encoding.UTF8.GetString(last));
            }
            else
            {
                last = names.Name.ToArray();
                entries.Add(names.Entry);
            }

            isOn = (commonBytes > 0 ? names.Seek(Behind(last)) : names.MoveNext()) && names.Name.StartsWith(prefix);
        }

        return new NamePage<T>(entries, commonPrefixes, isOn, isOn ? Encoding.UTF8.GetString(last) : null);
    }

    private static byte[] Start(byte[] prefix, byte[] delimiter, string? afterName)
    {
        if (afterName is null)
        {
            return prefix;
        }

        var after = Encoding.UTF8.GetBytes(afterName);
        byte[] start = after.AsSpan().StartsWith(prefix) && CommonPrefixBytes(after, prefix, delimiter) == after.Length && after.Length > 0
            ? Behind(after)
            // The least that sorts after it.
            : [.. after, 0];
        return start.AsSpan().SequenceCompareTo(prefix) > 0 ? start : prefix;
    }

    /// <returns>How long the common prefix is that a name stands under; 0 when it stands for itself.</returns>
    private static int CommonPrefixBytes(ReadOnlySpan<byte> name, byte[] prefix, byte[] delimiter)
    {
        var at = delimiter.Length > 0 ? name[prefix.Length..].IndexOf(delimiter) : -1;
        return at < 0 ? 0 : prefix.Length + at + delimiter.Length;
    }

    // The least that sorts after everything that starts with it; no byte of UTF-8 is 255.
    private static byte[] Behind(byte[] commonPrefix) => [.. commonPrefix[..^1], (byte)(commonPrefix[^1] + 1)];
}

/// <summary>One page of a listing; names and common prefixes each in their order.</summary>
/// <param name="Next">
/// <see cref="ListOptions.After"/> of the next page: the last name or common prefix of this one. Null when nothing follows.
/// </param>
public sealed record NamePage<T>(IReadOnlyList<T> Entries, IReadOnlyList<string> CommonPrefixes, bool IsTruncated, string? Next);
