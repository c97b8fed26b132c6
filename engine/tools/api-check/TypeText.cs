using System.Text;

namespace ApiCheck;

/// <summary>Puts a type as C# writes it into the form of <see cref="Member"/>.</summary>
internal static class TypeText
{
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.Ordinal)
    {
        ["bool"] = "System.Boolean",
        ["byte"] = "System.Byte",
        ["sbyte"] = "System.SByte",
        ["char"] = "System.Char",
        ["short"] = "System.Int16",
        ["ushort"] = "System.UInt16",
        ["int"] = "System.Int32",
        ["uint"] = "System.UInt32",
        ["long"] = "System.Int64",
        ["ulong"] = "System.UInt64",
        ["float"] = "System.Single",
        ["double"] = "System.Double",
        ["decimal"] = "System.Decimal",
        ["string"] = "System.String",
        ["object"] = "System.Object",
        ["void"] = "System.Void",
    };

    /// <param name="text">Such as <c>Func&lt;T, int&gt;[]</c>.</param>
    /// <param name="generics">Names of generic parameters to their positions.</param>
    public static string Normalize(string text, IReadOnlyDictionary<string, string> generics)
    {
        var index = 0;
        return Read(text.Trim(), ref index, generics);
    }

    /// <summary>Splits at commas that stand in no bracket and in no string.</summary>
    public static List<string> Split(string text, char separator = ',')
    {
        var parts = new List<string>();
        var (depth, start, quoted) = (0, 0, false);
        for (var i = 0; i < text.Length; i++)
        {
            quoted ^= text[i] == '"' && (i == 0 || text[i - 1] != '\\');
            depth += quoted ? 0 : text[i] switch { '<' or '(' or '[' or '{' => 1, '>' or ')' or ']' or '}' => -1, _ => 0 };
            if (text[i] == separator && depth == 0 && !quoted)
            {
                parts.Add(text[start..i].Trim());
                start = i + 1;
            }
        }

        parts.Add(text[start..].Trim());
        parts.RemoveAll(part => part.Length == 0);
        return parts;
    }

    private static string Read(string text, ref int index, IReadOnlyDictionary<string, string> generics)
    {
        var name = new StringBuilder();
        var arguments = new List<string>();
        while (index < text.Length && text[index] is not (',' or '>' or '[' or '&' or '*'))
        {
            if (text[index] == '<')
            {
                ReadArguments(text, ref index, generics, arguments);
            }
            else
            {
                name.Append(text[index++]);
            }
        }

        var plain = name.ToString().Trim();
        var known = generics.TryGetValue(plain, out var position) ? position : Keywords.GetValueOrDefault(plain, plain);
        var written = arguments.Count > 0 ? $"{known}<{string.Join(", ", arguments)}>" : known;
        var end = index;
        while (end < text.Length && text[end] is '[' or ']' or '&' or '*' || (end < text.Length && text[end] == ',' && InBrackets(text, index, end)))
        {
            end++;
        }

        written += text[index..end];
        index = end;
        return written;
    }

    private static bool InBrackets(string text, int from, int to) => text.LastIndexOf('[', to, to - from + 1) > text.LastIndexOf(']', to, to - from + 1);

    /// <summary>Those of an outer type and of the nested one follow each other, as in metadata.</summary>
    private static void ReadArguments(
        string text, ref int index, IReadOnlyDictionary<string, string> generics, List<string> arguments)
    {
        do
        {
            index++;
            while (text[index] == ' ')
            {
                index++;
            }

            arguments.Add(Read(text, ref index, generics));
        }
        while (text[index] == ',');
        index++;
    }
}
