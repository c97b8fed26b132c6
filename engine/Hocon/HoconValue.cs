using System.Diagnostics.CodeAnalysis;

namespace Hocon;

/// <summary>A value and the ways to read it. The list has one element: the object, the array or the text.</summary>
/// <remarks>Each TryGet answers false where its Get throws <see cref="HoconException"/>.</remarks>
public class HoconValue : List<IHoconElement>, IHoconElement
{
    private readonly IHoconElement _content;

    internal HoconValue(IHoconElement content) : base([content]) => _content = content;

    public HoconType Type => _content.Type;

    public virtual HoconObject GetObject() => _content.GetObject();

    public virtual bool TryGetObject([NotNullWhen(true)] out HoconObject? result)
    {
        result = _content as HoconObject;
        return result is not null;
    }

    public virtual string GetString() => _content.GetString();

    public virtual IList<HoconValue> GetArray() => _content.GetArray();

    /// <summary>A number without a unit counts milliseconds.</summary>
    /// <param name="allowInfinite">The word infinite is <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    public TimeSpan GetTimeSpan(bool allowInfinite = true) =>
        TryGetTimeSpan(out var value, allowInfinite) ? value : throw Not("a duration, such as 500ms, 10s, 5 minutes");

    public bool TryGetTimeSpan(out TimeSpan result, bool allowInfinite = true)
    {
        if (allowInfinite && string.Equals(Text, "infinite", StringComparison.OrdinalIgnoreCase))
        {
            result = Timeout.InfiniteTimeSpan;
            return true;
        }

        return Units.TryParseDuration(Text, out result);
    }

    /// <summary>Powers of 1024 for K, KiB, M, MiB, ...; of 1000 for kB, MB, ...; null for an empty text.</summary>
    public long? GetByteSize() =>
        Text is "" ? null : TryGetByteSize(out var value) ? value : throw Not("a size, such as 512, 64KiB, 4MB");

    public bool TryGetByteSize(out long? result)
    {
        result = Units.TryParseSize(Text, out var bytes) ? bytes : null;
        return result is not null;
    }

    public IList<string> GetStringList() => [.. GetArray().Select(value => value.GetString())];

    public virtual string ToString(int indent, int indentSize)
    {
        if (_content is not HoconObject { Count: > 0 } content)
        {
            return _content is HoconObject ? "{}" : _content.ToString(indent, indentSize);
        }

        var margin = new string(' ', Math.Max(indent - 1, 0) * indentSize);
        var line = Environment.NewLine;
        return $"{{{line}{content.ToString(Math.Max(indent, 1), indentSize)}{line}{margin}}}";
    }

    public override string ToString() => ToString(1, 2);

    private string? Text => (_content as HoconLiteral)?.GetString();

    private HoconException Not(string expected) => new($"expected {expected}, found {_content switch
    {
        HoconObject => "an object",
        HoconArray => "an array",
        _ => $"'{Text ?? "null"}'",
    }}");
}
