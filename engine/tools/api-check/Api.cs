namespace ApiCheck;

/// <summary>A method, property, field, event or constructor in a form in which two assemblies can be compared.</summary>
/// <param name="Name">As in metadata: .ctor, op_Addition, Item.</param>
/// <param name="Parameters">Types in order; generic parameters by position, !0 of the type, !!0 of the method.</param>
/// <param name="Type">Returned, or of the field; for an enum's member its value.</param>
/// <param name="Arity">Generic parameters of its own.</param>
/// <param name="Optional">How many parameters at the end may be left out.</param>
internal sealed record Member(
    string Kind, string Name, IReadOnlyList<string> Parameters, string Type, int Arity = 0, bool IsStatic = false,
    bool CanOverride = false, bool CanSet = false, int Optional = 0, bool IsOverride = false)
{
    public bool IsCalledLike(Member other) =>
        Name == other.Name && Arity == other.Arity && Parameters.SequenceEqual(other.Parameters);

    public override string ToString()
    {
        var generic = Arity > 0 ? $"`{Arity}" : "";
        var parameters = Kind is "method" or "constructor" || Parameters.Count > 0 ? $"({string.Join(", ", Parameters)})" : "";
        return $"{(IsStatic ? "static " : "")}{Name}{generic}{parameters} : {Type}";
    }
}

/// <summary>A public type, or one nested in it that derived types see.</summary>
/// <param name="Name">With dots, also before a nested type, and the number of all generic parameters: N.Outer.Inner`1.</param>
internal sealed record ApiType(
    string Name, string Kind, IReadOnlyList<string> Bases, IReadOnlyList<Member> Members, bool IsSealed, bool IsAbstract)
{
    /// <summary>N.Outer.Inner&lt;!0&gt; to N.Outer.Inner`1; without arguments as it is.</summary>
    public static string KeyOf(string type)
    {
        var open = type.IndexOf('<', StringComparison.Ordinal);
        if (open < 0)
        {
            return type.TrimEnd('[', ']', ',', '&', '*');
        }

        var (depth, count) = (0, 1);
        foreach (var c in type.AsSpan(open + 1))
        {
            depth += c switch { '<' => 1, '>' => -1, _ => 0 };
            count += c == ',' && depth == 0 ? 1 : 0;
        }

        return $"{type[..open]}`{count}";
    }
}
