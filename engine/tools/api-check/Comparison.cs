namespace ApiCheck;

/// <summary>Says where an assembly shows or uses what the approved interface does not have.</summary>
internal sealed class Comparison(ApprovedApi approved)
{
    public IEnumerable<string> Shown(BuiltAssembly assembly) =>
        assembly.PublicTypes().OrderBy(type => type.Name, StringComparer.Ordinal).SelectMany(ours => approved.Find(ours.Name) is { } theirs
            ? TypeDifferences(ours, theirs, assembly).Concat(ours.Members.SelectMany(member => MemberDifferences(ours, theirs, member)))
            : [$"absent: {ours.Kind} {ours.Name}"]);

    public IEnumerable<string> Used(BuiltAssembly assembly, string assemblyPrefix) =>
        assembly.Uses(assemblyPrefix).Select(use => UseDifference(use.Type, use.Member)).OfType<string>().Distinct()
            .Order(StringComparer.Ordinal);

    private IEnumerable<string> TypeDifferences(ApiType ours, ApiType theirs, BuiltAssembly assembly)
    {
        if (ours.Kind != theirs.Kind)
        {
            yield return $"different: {ours.Name} is a {ours.Kind} here, a {theirs.Kind} there";
        }

        if (ours.Kind == "class" && theirs.IsSealed && !ours.IsSealed)
        {
            yield return $"different: {ours.Name} is sealed there, not here";
        }

        if (ours.Kind == "class" && theirs.IsAbstract && !ours.IsAbstract && ours.Members.Any(member => member.Name == ".ctor"))
        {
            yield return $"different: {ours.Name} is abstract there, not here";
        }

        var above = approved.Above(theirs).ToHashSet(StringComparer.Ordinal);
        foreach (var name in ours.Bases.Where(name => !above.Contains(ApiType.KeyOf(name)) && !assembly.Hides(name)))
        {
            yield return $"different: {ours.Name} is a {name} here, not there";
        }
    }

    private IEnumerable<string> MemberDifferences(ApiType owner, ApiType theirs, Member ours)
    {
        if (approved.Find(theirs, ours) is not { } found)
        {
            // What overrides a member of a type above is that type's matter.
            if (!ours.IsOverride)
            {
                var near = approved.FindByName(theirs, ours.Name);
                yield return $"absent: {owner.Name}: {ours}{(near is null ? "" : $"; there: {near}")}";
            }

            yield break;
        }

        if (ours.Type != found.Type || ours.IsStatic != found.IsStatic || ours.Kind != found.Kind)
        {
            yield return $"different: {owner.Name}: {ours.Kind} {ours}; there: {found.Kind} {found}";
        }

        if (ours.CanSet && !found.CanSet && ours.Kind == found.Kind)
        {
            yield return $"different: {owner.Name}: {ours} can be set here, not there";
        }

        if (ours.CanOverride && !found.CanOverride && !ours.IsOverride && !owner.IsSealed)
        {
            yield return $"different: {owner.Name}: {ours} can be overridden here, not there";
        }

        if (ours.Optional > found.Optional)
        {
            yield return $"different: {owner.Name}: {ours} has {ours.Optional} optional parameters here, {found.Optional} there";
        }
    }

    private string? UseDifference(string typeKey, Member? used)
    {
        if (approved.Find(typeKey) is not { } type)
        {
            return $"used but absent: {typeKey}";
        }

        var isKnown = used is null || (type.Kind == "delegate" && used.Name == ".ctor")
            || approved.Find(type, used) is not null || IsAccessor(type, used);
        return isKnown ? null : $"used but absent: {typeKey}: {used}";
    }

    private bool IsAccessor(ApiType type, Member used)
    {
        var prefix = used.Name.IndexOf('_', StringComparison.Ordinal);
        if (prefix < 0 || used.Name[..prefix] is not ("get" or "set" or "add" or "remove") ||
            approved.FindByName(type, used.Name[(prefix + 1)..]) is not { } member)
        {
            return false;
        }

        return used.Name[..prefix] switch
        {
            "get" => member.Kind == "property" && used.Type == member.Type,
            "set" => member is { Kind: "property", CanSet: true },
            _ => member.Kind == "event",
        };
    }
}
