using System.Globalization;

namespace Hocon.Parsing;

/// <summary>Line and column, both counted from one.</summary>
internal readonly record struct Position(int Line, int Column);

/// <summary>Walks over the characters of one text and knows where it is.</summary>
internal sealed class Cursor(string text)
{
    /// <summary>What <see cref="Peek"/> answers behind the last character.</summary>
    public const int End = -1;

    private int _index;
    private int _line = 1;
    private int _column = 1;

    public Position Position => new(_line, _column);

    public bool AtEnd => _index >= text.Length;

    public int Peek(int ahead = 0) => _index + ahead < text.Length ? text[_index + ahead] : End;

    public bool Sees(string word) => string.CompareOrdinal(text, _index, word, 0, word.Length) == 0;

    public bool SeesComment => Peek() == '#' || Sees("//");

    /// <summary>White space that stays within the line; the byte order mark counts as such.</summary>
    public bool SeesInlineSpace => Peek() is var next && next is not (End or '\n') && IsSpace((char)next);

    public char Take()
    {
        var taken = text[_index++];
        if (taken == '\n')
        {
            _line++;
            _column = 1;
        }
        else
        {
            _column++;
        }

        return taken;
    }

    public void Skip(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Take();
        }
    }

    public bool TryTake(string word)
    {
        if (!Sees(word))
        {
            return false;
        }

        Skip(word.Length);
        return true;
    }

    /// <summary>White space before the end of the line, as it stands there.</summary>
    public string TakeInlineSpace()
    {
        var start = _index;
        while (SeesInlineSpace)
        {
            Take();
        }

        return text[start.._index];
    }

    /// <summary>Space and a comment, but not the end of the line.</summary>
    public void SkipToLineEnd()
    {
        TakeInlineSpace();
        if (SeesComment)
        {
            while (!AtEnd && Peek() != '\n')
            {
                Take();
            }
        }
    }

    /// <summary>Space, comments and line ends.</summary>
    public void SkipTrivia()
    {
        SkipToLineEnd();
        while (Peek() == '\n')
        {
            Take();
            SkipToLineEnd();
        }
    }

    public HoconParserException Unexpected(string expected) => Error($"expected {expected}, found {Found()}", Position);

    public static HoconParserException Error(string what, Position at) => new(what, at.Line, at.Column);

    private string Found() => Peek() switch
    {
        End => "the end of the text",
        '\n' => "the end of the line",
        < ' ' and var control => string.Create(CultureInfo.InvariantCulture, $"the control character U+{control:X4}"),
        var other => $"'{(char)other}'",
    };

    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is '\uFEFF' or (>= '\u001C' and <= '\u001F');
}
