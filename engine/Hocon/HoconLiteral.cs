using System.Globalization;
using System.Text;

namespace Hocon;

/// <summary>A string, number, boolean or null: the text, and whether it was quoted.</summary>
internal sealed class HoconLiteral(string text, bool quoted) : IHoconElement
{
    public bool IsNull => !quoted && text == "null";

    public HoconType Type =>
        quoted || IsNull ? HoconType.String
        : text is "true" or "false" or "yes" or "no" or "on" or "off" ? HoconType.Boolean
        : IsNumber() ? HoconType.Number
        : HoconType.String;

    public HoconObject GetObject() => throw new HoconException($"expected an object, found '{text}'");

    /// <summary>Null for the literal null, as everywhere in HOCON for .NET.</summary>
    public string GetString() => IsNull ? null! : text;

    public IList<HoconValue> GetArray() => throw new HoconException($"expected an array, found '{text}'");

    public string ToString(int indent, int indentSize) =>
        quoted || (Type == HoconType.String && !IsNull) ? Quote(text) : text;

    /// <summary>As a JSON string.</summary>
    public static string Quote(string text)
    {
        var written = new StringBuilder("\"", text.Length + 2);
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' or '\\' => written.Append('\\').Append(c),
                '\n' => written.Append("\\n"),
                '\r' => written.Append("\\r"),
                '\t' => written.Append("\\t"),
                < ' ' => written.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => written.Append(c),
            };
        }

        return written.Append('"').ToString();
    }

    private bool IsNumber() =>
        (text.StartsWith('-') || (text.Length > 0 && char.IsAsciiDigit(text[0])))
        && (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            || (text.StartsWith("0x", StringComparison.Ordinal)
                && long.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out _)));
}
