namespace ApiCheck;

/// <summary>All types of the approval files, with members found also where they are inherited from.</summary>
internal sealed class ApprovedApi
{
    private readonly Dictionary<string, ApiType> _types = new(StringComparer.Ordinal);

    /// <returns>The declarations that could not be read.</returns>
    public IReadOnlyList<string> Add(string text)
    {
        var (types, unreadable) = ApprovalParser.Parse(text);
        foreach (var type in types)
        {
            _types[type.Name] = type;
        }

        return unreadable;
    }

    public ApiType? Find(string typeKey) => _types.GetValueOrDefault(typeKey);

    /// <summary>The member of the type or of a type above it that is called alike.</summary>
    public Member? Find(ApiType type, Member wanted) =>
        Lookup(type, member => member.IsCalledLike(wanted)).FirstOrDefault();

    public Member? FindByName(ApiType type, string name) => Lookup(type, member => member.Name == name).FirstOrDefault();

    /// <summary>Everything the type can be assigned to, by key.</summary>
    public IEnumerable<string> Above(ApiType type) => type.Bases.Select(ApiType.KeyOf)
        .SelectMany(key => Find(key) is { } known && known != type ? Above(known).Prepend(key) : [key]);

    private IEnumerable<Member> Lookup(ApiType type, Predicate<Member> wanted)
    {
        var own = type.Members.Where(member => wanted(member));
        var inherited = type.Bases.Select(text => (Arguments: ArgumentsOf(text), Type: Find(ApiType.KeyOf(text))))
            .Where(above => above.Type is not null && above.Type != type)
            .SelectMany(above => Lookup(above.Type!, member => member.Name != ".ctor" && wanted(Substitute(member, above.Arguments)))
                .Select(member => Substitute(member, above.Arguments)));
        return own.Concat(inherited);
    }

    private static List<string> ArgumentsOf(string type) =>
        type.IndexOf('<', StringComparison.Ordinal) is var open and >= 0 ? TypeText.Split(type[(open + 1)..^1]) : [];

    private static Member Substitute(Member member, List<string> arguments) => arguments.Count == 0 ? member : member with
    {
        Parameters = [.. member.Parameters.Select(parameter => Substitute(parameter, arguments))],
        Type = Substitute(member.Type, arguments),
    };

    /// <summary>All at once, because an argument may itself be !0 of the derived type; !!0 of a method stays.</summary>
    private static string Substitute(string type, List<string> arguments)
    {
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < type.Length; i++)
        {
            if (type[i] != '!' || (i > 0 && type[i - 1] == '!') || !char.IsAsciiDigit(type[Math.Min(i + 1, type.Length - 1)]))
            {
                text.Append(type[i]);
                continue;
            }

            var position = 0;
            while (i + 1 < type.Length && char.IsAsciiDigit(type[i + 1]))
            {
                position = (position * 10) + (type[++i] - '0');
            }

            text.Append(position < arguments.Count ? arguments[position] : $"!{position}");
        }

        return text.ToString();
    }
}
