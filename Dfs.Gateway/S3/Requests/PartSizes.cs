using System.Globalization;
using System.Text;

namespace Dfs.Gateway.S3.Requests;

/// <summary>How long the parts were that an object was made of; kept beside it, so that a part can be asked for by its number.</summary>
/// <remarks>Sizes in bytes, separated by commas, each with "*" and how often it follows itself: most uploads have two entries.</remarks>
public sealed class PartSizes
{
    /// <summary>Metadata under this name.</summary>
    public const string Name = "part-sizes";

    /// <summary>1,024 characters; parts that are all of different sizes are not kept, and cannot be asked for.</summary>
    private const int CharsMax = 1024;

    private readonly IReadOnlyList<long> _sizes;

    private PartSizes(IReadOnlyList<long> sizes) => _sizes = sizes;

    public int Count => _sizes.Count;

    public static PartSizes Of(IEnumerable<long> sizes) => new([.. sizes]);

    /// <returns>Null when the object was not made of parts, or their sizes are not kept.</returns>
    public static PartSizes? Of(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(Name, out var text))
        {
            return null;
        }

        var sizes = new List<long>();
        foreach (var run in text.Split(','))
        {
            var parts = run.Split('*');
            var size = long.Parse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture);
            sizes.AddRange(Enumerable.Repeat(size, parts.Length > 1 ? int.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture) : 1));
        }

        return new PartSizes(sizes);
    }

    /// <summary>As it is kept; empty when it is too long.</summary>
    public IReadOnlyDictionary<string, string> ToMetadata()
    {
        var text = new StringBuilder();
        for (var i = 0; i < _sizes.Count && text.Length <= CharsMax;)
        {
            var count = _sizes.Skip(i).TakeWhile(size => size == _sizes[i]).Count();
            text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "," : "")}{_sizes[i]}{(count > 1 ? $"*{count}" : "")}");
            i += count;
        }

        return text.Length <= CharsMax ? new Dictionary<string, string> { [Name] = text.ToString() } : new Dictionary<string, string>();
    }

    /// <param name="number">From 1.</param>
    public long SizeOf(int number) => _sizes[number - 1];

    /// <summary>Where a part is in the object.</summary>
    /// <param name="number">From 1 to <see cref="Count"/>.</param>
    public ObjectRange RangeOf(int number) => new(_sizes.Take(number - 1).Sum(), _sizes[number - 1], IsPart: true);
}
