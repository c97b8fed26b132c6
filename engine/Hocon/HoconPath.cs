using Hocon.Parsing;

namespace Hocon;

/// <summary>The keys that lead to a value. Equal when all keys are.</summary>
public sealed class HoconPath(IEnumerable<string> path) : List<string>(path), IEquatable<HoconPath>
{
    public static readonly HoconPath Empty = new([]);

    /// <summary>As it is written in HOCON: keys with special characters stand in quotes.</summary>
    public string Value => string.Join('.', this.Select(Show));

    /// <exception cref="HoconParserException">The text is not a path.</exception>
    public static HoconPath Parse(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new HoconPath(TextParser.ParsePath(path));
    }

    public bool Equals(HoconPath? other) => other is not null && this.SequenceEqual(other);

    public override bool Equals(object? obj) => Equals(obj as HoconPath);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        ForEach(key => hash.Add(key, StringComparer.Ordinal));
        return hash.ToHashCode();
    }

    public override string ToString() => Value;

    internal static string Show(string key) =>
        key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && key != "include"
            ? key
            : HoconLiteral.Quote(key);
}
