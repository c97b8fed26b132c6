using System.Buffers;
using System.Globalization;
using Hocon;

namespace Akka.Configuration.Hocon;

/// <summary>A setting, and the ways to read it.</summary>
public class HoconValue
{
    /// <summary>What would not be read back as it was written.</summary>
    private static readonly SearchValues<char> Special = SearchValues.Create(" \t\r\n.$\"{}[]:=,+#`^?!@*&\\/");

    public HoconValue(List<IHoconElement> values, bool adoptedFromFallback = true) => Values = values;

    public List<IHoconElement> Values { get; private set; }

    public bool IsEmpty => Values is [] or [HoconObject { Items.Count: 0 }, ..];

    /// <summary>Null when this is not an object.</summary>
    public HoconObject GetObject() => Values is [HoconObject own, ..] ? own : null;

    public HoconValue GetChildObject(string key) => GetObject()?.GetKey(key);

    public bool IsString() => Values.Count > 0 && Values.TrueForAll(element => element.IsString());

    /// <summary>Null for null, and when this is not a string.</summary>
    public string GetString()
    {
        var text = IsString() ? string.Concat(Values.Select(element => element.GetString())).Trim() : null;
        return text == "null" ? null : text;
    }

    public IList<HoconValue> GetArray() =>
        [.. Values.Where(element => element.IsArray()).SelectMany(element => element.GetArray())];

    public bool GetBoolean() => GetString() switch
    {
        "on" or "true" => true,
        "off" or "false" => false,
        var other => throw new NotSupportedException($"'{other}' is not on, off, true or false"),
    };

    public int GetInt() => int.Parse(GetString(), NumberFormatInfo.InvariantInfo);

    public double GetDouble() => double.Parse(GetString(), NumberFormatInfo.InvariantInfo);

    public long? GetByteSize()
    {
        var text = GetString();
        return string.IsNullOrEmpty(text) ? null
            : Units.TryParseSize(text, out var bytes) ? bytes
            : throw new FormatException($"'{text}' is not a size in bytes");
    }

    public TimeSpan GetTimeSpan(bool allowInfinite = true)
    {
        var text = GetString();
        if (allowInfinite && string.Equals(text, "infinite", StringComparison.OrdinalIgnoreCase))
        {
            return Timeout.InfiniteTimeSpan;
        }

        return Units.TryParseDuration(text, out var duration)
            ? duration
            : throw new FormatException($"'{text}' is not a duration");
    }

    public IList<string> GetStringList() => [.. GetArray().Select(value => value.GetString())];

    public virtual string ToString(int indent)
    {
        if (IsString())
        {
            return Quoted(GetString() ?? "null");
        }

        if (GetObject() is not { } own)
        {
            return $"[{string.Join(",", GetArray().Select(value => value.ToString(indent + 1)))}]";
        }

        return indent == 0
            ? own.ToString(1)
            : $"{{{Environment.NewLine}{own.ToString(indent + 1)}{new string(' ', indent * 2)}}}";
    }

    public override string ToString() => ToString(0);

    /// <summary>Text that parses to the text again.</summary>
    internal static string Quoted(string text) =>
        text.Length > 0 && text.AsSpan().IndexOfAny(Special) < 0 ? text : global::Hocon.HoconLiteral.Quote(text);
}
