using System.Text;

namespace ApiCheck;

/// <summary>Reads the text that PublicApiGenerator writes: C# without bodies, one member to a line, lines sometimes broken.</summary>
internal sealed class ApprovalParser
{
    private static readonly Dictionary<string, (string Binary, string Unary)> Operators = new(StringComparer.Ordinal)
    {
        ["=="] = ("op_Equality", ""),
        ["!="] = ("op_Inequality", ""),
        ["<"] = ("op_LessThan", ""),
        [">"] = ("op_GreaterThan", ""),
        ["<="] = ("op_LessThanOrEqual", ""),
        [">="] = ("op_GreaterThanOrEqual", ""),
        ["+"] = ("op_Addition", "op_UnaryPlus"),
        ["-"] = ("op_Subtraction", "op_UnaryNegation"),
        ["*"] = ("op_Multiply", ""),
        ["/"] = ("op_Division", ""),
        ["|"] = ("op_BitwiseOr", ""),
        ["&"] = ("op_BitwiseAnd", ""),
        ["!"] = ("", "op_LogicalNot"),
        ["%"] = ("op_Modulus", ""),
        ["true"] = ("", "op_True"),
        ["false"] = ("", "op_False"),
    };

    private static readonly HashSet<string> Modifiers =
    [
        "public", "protected", "internal", "static", "sealed", "abstract", "virtual", "override", "readonly", "new", "const",
        "async", "event", "unsafe", "extern", "partial", "ref",
    ];

    private readonly List<ApiType> _types = [];
    private readonly List<string> _unreadable = [];
    private readonly Stack<Scope> _scopes = [];

    public static (IReadOnlyList<ApiType> Types, IReadOnlyList<string> Unreadable) Parse(string text)
    {
        var parser = new ApprovalParser();
        var statement = new StringBuilder();
        foreach (var line in text.TrimStart('\uFEFF').Split('\n').Select(line => line.Trim()))
        {
            parser.Take(line, statement);
        }

        return (parser._types, parser._unreadable);
    }

    private void Take(string line, StringBuilder statement)
    {
        switch (line)
        {
            case "{":
                Open(WithoutAttributes(statement.ToString()));
                statement.Clear();
                break;
            case "}" when statement.Length == 0:
                Close();
                break;
            default:
                statement.Append(' ').Append(line);
                if (line.EndsWith(';') || line.EndsWith('}') || (line.EndsWith(',') && _scopes.TryPeek(out var top) && top.Kind == "enum"))
                {
                    Declare(WithoutAttributes(statement.ToString()));
                    statement.Clear();
                }
                else if (WithoutAttributes(statement.ToString()).Length == 0)
                {
                    statement.Clear();
                }

                break;
        }
    }

    private void Open(string declaration)
    {
        if (declaration.StartsWith("namespace ", StringComparison.Ordinal))
        {
            _scopes.Push(new Scope(declaration["namespace ".Length..].Trim(), "namespace", [], [], [], false, false));
            return;
        }

        _scopes.Push(TypeScope(declaration) ?? throw new FormatException($"not a type: {declaration}"));
    }

    private void Close()
    {
        var scope = _scopes.Pop();
        if (scope.Kind != "namespace")
        {
            Add(scope);
        }
    }

    private void Add(Scope scope)
    {
        var name = scope.Generics.Count > 0 ? $"{scope.Name}`{scope.Generics.Count}" : scope.Name;
        _types.Add(new ApiType(name, scope.Kind, scope.Bases, scope.Members, scope.IsSealed, scope.IsAbstract));
    }

    private void Declare(string statement)
    {
        if (TypeScope(statement) is { } emptyOrDelegate)
        {
            Add(emptyOrDelegate);
            return;
        }

        var scope = _scopes.Peek();
        try
        {
            scope.Members.Add(scope.Kind == "enum" ? EnumMember(statement) : ReadMember(statement, scope));
        }
        catch (Exception failure) when (failure is ArgumentException or IndexOutOfRangeException)
        {
            // The generator itself leaves brackets open, as in FlowWithContext<TIn flow.
            _unreadable.Add($"{scope.Name}: {statement}");
        }
    }

    private Scope? TypeScope(string declaration)
    {
        var (words, rest) = TakeWords(declaration, Modifiers);
        var space = rest.IndexOf(' ', StringComparison.Ordinal);
        var kind = space < 0 ? "" : rest[..space];
        if (kind is not ("class" or "interface" or "struct" or "enum" or "delegate"))
        {
            return null;
        }

        var (more, body) = TakeWords(rest[space..], Modifiers);
        words.UnionWith(more);
        if (kind == "delegate")
        {
            return Delegate(body);
        }

        body = body.Replace("{ }", "", StringComparison.Ordinal).Trim();
        var where = body.IndexOf(" where ", StringComparison.Ordinal);
        body = where >= 0 ? body[..where] : body;
        var parts = TypeText.Split(body, ':');
        var (name, generics) = NameAndGenerics(parts[0]);
        var bases = parts.Count > 1 ? TypeText.Split(parts[1]).Select(part => TypeText.Normalize(part, generics)).ToList() : [];
        return new Scope(name, kind, generics, bases, [], words.Contains("sealed") || words.Contains("static"),
            words.Contains("abstract") || words.Contains("static"));
    }

    private Scope Delegate(string body)
    {
        var open = ParametersStart(body);
        var (returned, nameText) = TypeAndName(body[..open]);
        var (name, generics) = NameAndGenerics(nameText);
        var invoke = Method("Invoke", body[open..], TypeText.Normalize(returned, generics), generics, 0, []);
        return new Scope(name, "delegate", generics, [], [invoke], true, false);
    }

    /// <summary>The full name, and the positions of all generic parameters in scope.</summary>
    private (string Name, Dictionary<string, string> Generics) NameAndGenerics(string text)
    {
        var outer = _scopes.Peek();
        var generics = new Dictionary<string, string>(outer.Generics, StringComparer.Ordinal);
        var open = text.IndexOf('<', StringComparison.Ordinal);
        if (open >= 0)
        {
            foreach (var parameter in TypeText.Split(text[(open + 1)..text.LastIndexOf('>')]))
            {
                generics[parameter.Split(' ')[^1]] = $"!{generics.Count}";
            }

            text = text[..open];
        }

        return ($"{outer.Name}.{text.Trim()}", generics);
    }

    private static Member EnumMember(string statement)
    {
        var parts = statement.TrimEnd(',').Split('=');
        return new Member("field", parts[0].Trim(), [], parts[^1].Trim(), IsStatic: true);
    }

    private static Member ReadMember(string statement, Scope scope)
    {
        var isEvent = statement.Contains(" event ", StringComparison.Ordinal);
        var (words, rest) = TakeWords(statement, Modifiers);
        if (!statement.EndsWith("get; }", StringComparison.Ordinal) && !statement.EndsWith("set; }", StringComparison.Ordinal)
            && !isEvent && !words.Contains("const") && ParametersStart(rest) is var open and > 0)
        {
            return ReadMethod(rest, open, words, scope);
        }

        var accessors = rest.IndexOf('{', StringComparison.Ordinal);
        var declared = accessors >= 0 ? rest[..accessors] : TypeText.Split(rest.TrimEnd(';'), '=')[0];
        var index = declared.IndexOf(" this[", StringComparison.Ordinal);
        var (typeText, name) = index < 0 ? TypeAndName(declared) : (declared[..index], "Item");
        var parameters = index < 0 ? [] : Parameters(declared[(index + 6)..declared.LastIndexOf(']')], scope.Generics, out _);
        var kind = accessors >= 0 ? "property" : isEvent ? "event" : "field";
        return new Member(kind, name, parameters, TypeText.Normalize(typeText, scope.Generics),
            IsStatic: words.Contains("static") || words.Contains("const"), CanOverride: CanOverride(words, scope),
            CanSet: kind == "property" ? rest.Contains("set;", StringComparison.Ordinal) : !words.Contains("readonly") && !words.Contains("const"));
    }

    private static Member ReadMethod(string rest, int open, HashSet<string> words, Scope scope)
    {
        var head = rest[..open].Trim();
        if (!head.Contains(' ', StringComparison.Ordinal))
        {
            return Method(".ctor", rest[open..], "System.Void", scope.Generics, 0, words) with { Kind = "constructor", CanOverride = false };
        }

        // An operator's own name has brackets that do not pair.
        var last = head.LastIndexOf(' ');
        var (returned, name) = Operators.ContainsKey(head[(last + 1)..]) ? (head[..last], head[(last + 1)..]) : TypeAndName(head);
        var generics = new Dictionary<string, string>(scope.Generics, StringComparer.Ordinal);
        var arity = 0;
        if (!Operators.ContainsKey(name) && name.IndexOf('<', StringComparison.Ordinal) is var angle and > 0)
        {
            foreach (var parameter in TypeText.Split(name[(angle + 1)..^1]))
            {
                generics[parameter] = $"!!{arity++}";
            }

            name = name[..angle];
        }

        var method = Method(name, rest[open..], TypeText.Normalize(returned, generics), generics, arity, words);
        method = method with { CanOverride = CanOverride(words, scope) };
        return Operators.TryGetValue(name, out var names)
            ? method with { Name = method.Parameters.Count == 1 ? names.Unary : names.Binary }
            : method;
    }

    private static Member Method(
        string name, string parameterText, string returned, Dictionary<string, string> generics, int arity, HashSet<string> words)
    {
        var parameters = Parameters(parameterText[1..ClosingOf(parameterText)], generics, out var optional);
        return new Member("method", name, parameters, returned, arity, words.Contains("static"), Optional: optional);
    }

    private static bool CanOverride(HashSet<string> words, Scope scope) =>
        scope.Kind == "interface" || (!words.Contains("sealed")
            && (words.Contains("virtual") || words.Contains("abstract") || words.Contains("override")));

    private static List<string> Parameters(string text, Dictionary<string, string> generics, out int optional)
    {
        var types = new List<string>();
        optional = 0;
        foreach (var whole in TypeText.Split(text))
        {
            var isByAttribute = whole.Contains("DecimalConstantAttribute", StringComparison.Ordinal);
            var parts = TypeText.Split(WithoutAttributes(whole), '=');
            var (modifiers, rest) = TakeWords(parts[0], ["this", "params", "out", "ref", "in"]);
            var type = TypeText.Normalize(TypeAndName(rest).Type, generics);
            types.Add(modifiers.Overlaps(["out", "ref", "in"]) ? type + "&" : type);
            optional += parts.Count > 1 || isByAttribute ? 1 : 0;
        }

        return types;
    }

    private static (string Type, string Name) TypeAndName(string text)
    {
        text = text.Trim();
        var depth = 0;
        for (var i = text.Length - 1; i >= 0; i--)
        {
            depth += text[i] switch { '>' or ']' => 1, '<' or '[' => -1, _ => 0 };
            if (text[i] == ' ' && depth == 0)
            {
                return (text[..i], text[(i + 1)..]);
            }
        }

        return (text, "");
    }

    /// <summary>The parenthesis that opens the parameters; -1 when this is no method.</summary>
    private static int ParametersStart(string text) => text.IndexOf('(', StringComparison.Ordinal);

    private static int ClosingOf(string text)
    {
        var (depth, quoted) = (0, false);
        for (var i = 0; i < text.Length; i++)
        {
            quoted ^= text[i] == '"' && text[i - 1] != '\\';
            depth += quoted ? 0 : text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0)
            {
                return i;
            }
        }

        throw new FormatException($"no closing parenthesis: {text}");
    }

    private static (HashSet<string> Words, string Text) TakeWords(string text, HashSet<string> among)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        text = text.Trim();
        while (text.IndexOf(' ', StringComparison.Ordinal) is var space and > 0 && among.Contains(text[..space]))
        {
            words.Add(text[..space]);
            text = text[space..].Trim();
        }

        return (words, text);
    }

    /// <summary>Empty while an attribute is still open at the end of the line.</summary>
    private static string WithoutAttributes(string text)
    {
        text = text.Trim();
        while (text.StartsWith('['))
        {
            var (depth, quoted, end) = (0, false, -1);
            for (var i = 0; i < text.Length && end < 0; i++)
            {
                quoted ^= text[i] == '"' && text[i - 1] != '\\';
                depth += quoted ? 0 : text[i] switch { '[' => 1, ']' => -1, _ => 0 };
                end = depth == 0 ? i : -1;
            }

            if (end < 0)
            {
                return text;
            }

            text = text[(end + 1)..].Trim();
        }

        return text;
    }

    private sealed record Scope(
        string Name, string Kind, Dictionary<string, string> Generics, List<string> Bases, List<Member> Members,
        bool IsSealed, bool IsAbstract);
}
