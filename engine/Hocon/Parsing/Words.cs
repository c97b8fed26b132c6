using System.Globalization;
using System.Text;

namespace Hocon.Parsing;

/// <summary>The pieces of text that keys and values are made of: quoted, triple-quoted, unquoted, paths.</summary>
internal static class Words
{
    private const string Reserved = "$\"{}[]:=,+#`^?!@*&\\";
    private const string TripleQuote = "\"\"\"";

    public static bool IsReserved(int c) => c != Cursor.End && Reserved.Contains((char)c);

    /// <summary>A run without space or reserved characters; <c>1e+5</c> keeps its sign.</summary>
    public static string TakeUnquoted(Cursor cursor)
    {
        var run = new StringBuilder();
        while (!cursor.AtEnd && cursor.Peek() != '\n' && !cursor.SeesInlineSpace && !cursor.SeesComment
            && (!IsReserved(cursor.Peek()) || (cursor.Peek() == '+' && IsExponentOpen(run, cursor))))
        {
            run.Append(cursor.Take());
        }

        return run.ToString();
    }

    /// <summary>A string in quotes, one line long, or one in triple quotes.</summary>
    public static string TakeQuoted(Cursor cursor) =>
        cursor.Sees(TripleQuote) ? TakeTripleQuoted(cursor) : TakeSingleQuoted(cursor);

    /// <summary>A path such as <c>a.b."c.d"</c>, up to the first character that cannot belong to it.</summary>
    public static List<string> TakePath(Cursor cursor)
    {
        var keys = new List<string>();
        do
        {
            keys.Add(TakeKey(cursor));
        }
        while (cursor.TryTake("."));
        return keys;
    }

    private static string TakeKey(Cursor cursor)
    {
        cursor.TakeInlineSpace();
        var start = cursor.Position;
        var key = new StringBuilder();
        var quoted = false;
        var space = "";
        while (true)
        {
            var piece = "";
            if (cursor.Sees(TripleQuote))
            {
                throw cursor.Unexpected("a key; a triple-quoted string cannot be one");
            }

            if (cursor.Peek() == '"')
            {
                quoted = true;
                piece = TakeSingleQuoted(cursor);
            }
            else
            {
                piece = TakeUnquotedKeyPiece(cursor);
                if (piece.Length == 0)
                {
                    break;
                }
            }

            key.Append(space).Append(piece);
            space = cursor.TakeInlineSpace();
        }

        return quoted || key.Length > 0
            ? key.ToString()
            : throw Cursor.Error("expected a key; an empty one must be written as \"\"", start);
    }

    private static string TakeUnquotedKeyPiece(Cursor cursor)
    {
        var piece = new StringBuilder();
        while (!cursor.AtEnd && cursor.Peek() is not ('\n' or '.') && !cursor.SeesInlineSpace && !cursor.SeesComment
            && !IsReserved(cursor.Peek()))
        {
            piece.Append(cursor.Take());
        }

        return piece.ToString();
    }

    private static bool IsExponentOpen(StringBuilder run, Cursor cursor) =>
        run.Length > 1 && run[^1] is 'e' or 'E' && char.IsAsciiDigit((char)(cursor.Peek(1) & 0x7f))
        && double.TryParse(run.ToString(0, run.Length - 1), NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string TakeTripleQuoted(Cursor cursor)
    {
        var start = cursor.Position;
        cursor.Skip(TripleQuote.Length);
        var text = new StringBuilder();
        // More than three quotes at the end: the last three close, those before belong to the text.
        while (!cursor.Sees(TripleQuote) || cursor.Peek(TripleQuote.Length) == '"')
        {
            text.Append(cursor.AtEnd
                ? throw Cursor.Error("a string that starts here is never closed: expected \"\"\"", start)
                : cursor.Take());
        }

        cursor.Skip(TripleQuote.Length);
        return text.ToString();
    }

    private static string TakeSingleQuoted(Cursor cursor)
    {
        var start = cursor.Position;
        cursor.Take();
        var text = new StringBuilder();
        while (cursor.Peek() != '"')
        {
            if (cursor.AtEnd || cursor.Peek() == '\n')
            {
                throw Cursor.Error("a string that starts here is not closed on its line: expected '\"'", start);
            }

            text.Append(cursor.Peek() == '\\' ? TakeEscape(cursor) : cursor.Take());
        }

        cursor.Take();
        return text.ToString();
    }

    private static char TakeEscape(Cursor cursor)
    {
        var start = cursor.Position;
        cursor.Take();
        var kind = cursor.AtEnd ? '\0' : cursor.Take();
        return kind switch
        {
            '"' or '\\' or '/' => kind,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => TakeCodeUnit(cursor),
            _ => throw Cursor.Error("expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX", start),
        };
    }

    private static char TakeCodeUnit(Cursor cursor)
    {
        var unit = 0;
        for (var i = 0; i < 4; i++)
        {
            if (cursor.AtEnd || !char.IsAsciiHexDigit((char)cursor.Peek()))
            {
                throw cursor.Unexpected("four hexadecimal digits after \\u");
            }

            unit = (unit * 16) + Convert.ToInt32(cursor.Take().ToString(), 16);
        }

        return (char)unit;
    }
}
