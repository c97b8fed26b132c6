namespace Hocon.Parsing;

/// <summary>Reads HOCON text into nodes by recursive descent.</summary>
internal sealed class TextParser
{
    /// <summary>Far more than a person writes, far less than the stack holds.</summary>
    private const int NestingMax = 100;

    /// <summary>Ends a file that includes itself.</summary>
    private const int IncludesMax = 16;

    private readonly Cursor _cursor;
    private readonly HoconIncludeCallbackAsync? _include;
    private readonly int _includeDepth;
    private readonly List<string> _scope;
    private readonly List<string> _path;
    private int _nesting;

    private TextParser(string text, HoconIncludeCallbackAsync? include, int includeDepth, List<string> scope)
    {
        _cursor = new Cursor(text);
        _include = include;
        _includeDepth = includeDepth;
        _scope = scope;
        _path = [.. scope];
    }

    public static Node Parse(string text, HoconIncludeCallbackAsync? include) =>
        new TextParser(text, include, 0, []).ParseRoot();

    /// <summary>A path alone, as the getters take it.</summary>
    public static List<string> ParsePath(string text)
    {
        var cursor = new Cursor(text);
        var path = Words.TakePath(cursor);
        return cursor.AtEnd ? path : throw cursor.Unexpected("the end of the path");
    }

    private Node ParseRoot()
    {
        _cursor.SkipTrivia();
        Node root;
        if (_cursor.Peek() is '{' or '[')
        {
            root = _cursor.Peek() == '{' ? ParseObject() : ParseArray();
            _cursor.SkipTrivia();
        }
        else
        {
            root = ParseFields(null);
        }

        return _cursor.AtEnd ? root : throw _cursor.Unexpected("the end of the text");
    }

    private ObjectNode ParseObject()
    {
        var start = _cursor.Position;
        Enter();
        _cursor.Take();
        var parsed = ParseFields(start);
        _cursor.Take();
        _nesting--;
        return parsed;
    }

    /// <summary>Stops before the closing brace; without braces (start is null) at the end of the text.</summary>
    private ObjectNode ParseFields(Position? start)
    {
        var parsed = new ObjectNode();
        _cursor.SkipTrivia();
        while (!AtClosing('}', start, "object"))
        {
            ParseField(parsed);
            TakeSeparator('}');
        }

        return parsed;
    }

    private ArrayNode ParseArray()
    {
        var start = _cursor.Position;
        Enter();
        _cursor.Take();
        var items = new List<Node>();
        _cursor.SkipTrivia();
        while (!AtClosing(']', start, "array"))
        {
            items.Add(ParseValue());
            TakeSeparator(']');
        }

        _cursor.Take();
        _nesting--;
        return new ArrayNode(items);
    }

    private bool AtClosing(char closing, Position? start, string what)
    {
        if (!_cursor.AtEnd)
        {
            return start is not null && _cursor.Peek() == closing;
        }

        return start is not { } opened
            ? true
            : throw Cursor.Error($"the {what} that starts here is never closed: expected '{closing}'", opened);
    }

    /// <summary>Line ends, or one comma with line ends around it.</summary>
    private void TakeSeparator(char closing)
    {
        _cursor.SkipToLineEnd();
        if (!_cursor.AtEnd && _cursor.Peek() is var next && next != '\n' && next != ',' && next != closing)
        {
            throw _cursor.Unexpected($"',', a new line or '{closing}'");
        }

        _cursor.SkipTrivia();
        if (_cursor.Peek() == ',')
        {
            _cursor.Take();
            _cursor.SkipTrivia();
        }
    }

    private void ParseField(ObjectNode owner)
    {
        if (SeesInclude())
        {
            ParseInclude(owner);
            return;
        }

        var path = Words.TakePath(_cursor);
        var outside = _path.Count;
        _path.AddRange(path);
        _cursor.SkipTrivia();
        if (_cursor.TryTake("+="))
        {
            _cursor.SkipTrivia();
            owner.Assign(path, new ConcatNode([new PreviousNode(), new ArrayNode([ParseValue()])]));
        }
        else if (_cursor.Peek() == '{' || _cursor.TryTake("=") || _cursor.TryTake(":"))
        {
            _cursor.SkipTrivia();
            owner.Assign(path, ParseValue());
        }
        else
        {
            throw _cursor.Unexpected($"'=', ':', '+=' or '{{' after the key {string.Join('.', path)}");
        }

        _path.RemoveRange(outside, _path.Count - outside);
    }

    private Node ParseValue()
    {
        var pieces = new List<Node>();
        while (true)
        {
            var space = _cursor.TakeInlineSpace();
            if (_cursor.AtEnd || _cursor.SeesComment || _cursor.Peek() is '\n' or ',' or '}' or ']')
            {
                break;
            }

            if (space.Length > 0 && pieces.Count > 0)
            {
                pieces.Add(new LiteralNode(space));
            }

            pieces.Add(ParsePiece());
        }

        return pieces.Count switch
        {
            0 => throw _cursor.Unexpected("a value"),
            1 => pieces[0],
            _ => new ConcatNode(pieces),
        };
    }

    private Node ParsePiece()
    {
        switch (_cursor.Peek())
        {
            case '{':
                return ParseObject();
            case '[':
                return ParseArray();
            case '"':
                return new LiteralNode(Words.TakeQuoted(_cursor), quoted: true);
            case '$' when _cursor.Sees("${"):
                return ParseSubstitution();
        }

        var text = Words.TakeUnquoted(_cursor);
        return text.Length > 0
            ? new LiteralNode(text)
            : throw _cursor.Unexpected("the rest of a value (a string with this character must be quoted)");
    }

    private SubstitutionNode ParseSubstitution()
    {
        var start = _cursor.Position;
        _cursor.Skip("${".Length);
        var optional = _cursor.TryTake("?");
        var path = Words.TakePath(_cursor);
        return _cursor.TryTake("}")
            ? new SubstitutionNode(path, _scope, optional, start)
            : throw _cursor.Unexpected("'}' after the path of a substitution");
    }

    private bool SeesInclude()
    {
        const string Include = "include";
        if (!_cursor.Sees(Include))
        {
            return false;
        }

        var ahead = Include.Length;
        while (_cursor.Peek(ahead) is ' ' or '\t')
        {
            ahead++;
        }

        // include = 1, include.a = 1 and included = 1 are fields like any other.
        return ahead > Include.Length
            ? _cursor.Peek(ahead) is not ('=' or ':' or '+' or '{' or '.')
            : _cursor.Peek(ahead) == '"';
    }

    private void ParseInclude(ObjectNode owner)
    {
        var start = _cursor.Position;
        _cursor.Skip("include".Length);
        _cursor.TakeInlineSpace();
        var required = _cursor.TryTake("required(");
        var kind = TakeIncludeKind();
        _cursor.TakeInlineSpace();
        if (_cursor.Peek() != '"')
        {
            throw _cursor.Unexpected("a quoted name, file(, url(, classpath( or required( after include");
        }

        var name = Words.TakeQuoted(_cursor);
        for (var open = (required ? 1 : 0) + (kind is null ? 0 : 1); open > 0; open--)
        {
            _cursor.TakeInlineSpace();
            if (!_cursor.TryTake(")"))
            {
                throw _cursor.Unexpected("')' after the name of an include");
            }
        }

        Include(owner, kind ?? HoconCallbackType.File, name, required, start);
    }

    private HoconCallbackType? TakeIncludeKind()
    {
        _cursor.TakeInlineSpace();
        return _cursor.TryTake("file(") ? HoconCallbackType.File
            : _cursor.TryTake("url(") ? HoconCallbackType.Url
            : _cursor.TryTake("classpath(") ? HoconCallbackType.Resource
            : null;
    }

    private void Include(ObjectNode owner, HoconCallbackType kind, string name, bool required, Position at)
    {
        if (_includeDepth == IncludesMax)
        {
            throw Cursor.Error($"include \"{name}\": more than {IncludesMax} includes inside each other", at);
        }

        var text = _include is null ? null : IncludedText.Fetch(_include, kind, name, at);
        if (string.IsNullOrWhiteSpace(text))
        {
            if (required)
            {
                throw Cursor.Error($"the required include \"{name}\" was not found or is empty", at);
            }

            return;
        }

        try
        {
            var included = new TextParser(text, _include, _includeDepth + 1, [.. _path]).ParseRoot();
            owner.Merge(included as ObjectNode ?? throw Cursor.Error("expected an object, found an array", new(1, 1)));
        }
        catch (HoconParserException failure)
        {
            var what = $"in the include \"{name}\" of line {at.Line}: {failure.What}";
            throw new HoconParserException(what, failure.LineNumber, failure.LinePosition, failure);
        }
    }

    private void Enter()
    {
        if (++_nesting > NestingMax)
        {
            throw Cursor.Error($"more than {NestingMax} brackets are open", _cursor.Position);
        }
    }
}
