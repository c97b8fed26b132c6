using System.Diagnostics.CodeAnalysis;
using System.Globalization;

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

    public virtual bool TryGetString([NotNullWhen(true)] out string? result)
    {
        result = (_content as HoconLiteral)?.GetString();
        return result is not null;
    }

    public virtual IList<HoconValue> GetArray() => _content.GetArray();

    public virtual bool TryGetArray([NotNullWhen(true)] out List<HoconValue>? result)
    {
        result = _content as HoconArray;
        return result is not null || (_content is HoconObject numbered && numbered.TryGetArray(out result));
    }

    public bool GetBoolean() => TryGetBoolean(out var value) ? value : throw Not("true, false, yes, no, on or off");

    public bool TryGetBoolean(out bool result)
    {
        result = Text is "true" or "yes" or "on";
        return result || Text is "false" or "no" or "off";
    }

    public double GetDouble() => TryGetDouble(out var value) ? value : throw Not("a number");

    public bool TryGetDouble(out double result) =>
        double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out result);

    public long GetLong() => TryGetLong(out var value) ? value : throw Not("a whole number of 64 bits");

    public bool TryGetLong(out long result) => Units.TryParseWhole(Text, out result);

    public int GetInt() => TryGetInt(out var value) ? value : throw Not("a whole number of 32 bits");

    public bool TryGetInt(out int result)
    {
        var fits = TryGetLong(out var value) && value is >= int.MinValue and <= int.MaxValue;
        result = fits ? (int)value : 0;
        return fits;
    }

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

    public IList<int> GetIntList() => [.. GetArray().Select(value => value.GetInt())];

    public IList<string> GetStringList() => [.. GetArray().Select(value => value.GetString())];

    public bool TryGetStringList([NotNullWhen(true)] out IList<string>? result)
    {
        result = TryGetArray(out var values) && values.TrueForAll(value => value._content is HoconLiteral)
            ? [.. values.Select(value => value.GetString())]
            : null;
        return result is not null;
    }

    public IList<HoconObject> GetObjectList() => [.. GetArray().Select(value => value.GetObject())];

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
