using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Dfs.Client;
using Dfs.Tests.Kit;

namespace Dfs.Tests.ClientLibrary;

/// <summary>What programs of other people see of Dfs.Client, line by line, so that a change of it is seen by who makes it.</summary>
public sealed partial class PublicSurfaceTests
{
    private const string List = "Dfs.Client/PublicApi.txt";

    private const BindingFlags Own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void Every_public_member_stands_in_the_list_and_nothing_else()
    {
        var actual = typeof(IDfsClient).Assembly.GetExportedTypes().SelectMany(LinesOf).Order(StringComparer.Ordinal).ToList();
        var listed = SourceTree.Read(List).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.True(
            actual.SequenceEqual(listed),
            $"{List}\nnot in it:\n{string.Join('\n', actual.Except(listed))}\nonly there:\n{string.Join('\n', listed.Except(actual))}");
    }

    [Fact]
    public void It_needs_the_core_and_the_framework_and_nothing_else()
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

        var others = new[] { typeof(IDfsClient), typeof(Dfs.Core.Primitives.ObjectKey) }
            .SelectMany(type => type.Assembly.GetReferencedAssemblies())
            .Select(name => name.Name!)
            .Where(name => name != "Dfs.Core" && !File.Exists(Path.Combine(framework, name + ".dll")));

        Assert.Empty(others);
    }

    private static IEnumerable<string> LinesOf(Type type)
    {
        yield return $"{type.FullName} : {KindOf(type)}";
        foreach (var member in type.GetMembers(Own).Where(member => !IsMadeByTheCompiler(member)))
        {
            yield return $"{type.FullName}.{member.Name} : {Namespace().Replace(member.ToString()!, "")}";
        }
    }

    private static string KindOf(Type type) =>
        type.IsEnum ? "enum" : type.IsInterface ? "interface" : typeof(Delegate).IsAssignableFrom(type) ? "delegate" : type.IsSealed ? "sealed class" : "class";

    // Accessors, and what every record has.
    private static bool IsMadeByTheCompiler(MemberInfo member) =>
        member is MethodInfo { IsSpecialName: true } or Type
        || member.IsDefined(typeof(CompilerGeneratedAttribute))
        || member.Name is "ToString" or "GetHashCode" or "Equals" or "Deconstruct" or "<Clone>$" or "value__";

    [GeneratedRegex(@"\b\w+\.(?=\w)")]
    private static partial Regex Namespace();
}
