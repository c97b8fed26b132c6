using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Dfs.Tests.Tidy;

/// <summary>A record prints every member: one that has a secret must not.</summary>
public sealed partial class SecretsTests
{
    private static readonly string[] Assemblies = ["Dfs.Core", "Dfs.Storage", "Dfs.Client", "Dfs.Actors", "Dfs.Gateway", "dfs"];

    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    [Fact]
    public void No_record_with_a_secret_prints_its_members()
    {
        var records = Assemblies.SelectMany(name => Assembly.Load(name).GetTypes()).Where(type => type.GetMethod("PrintMembers", Members) is not null).ToList();
        Assert.InRange(records.Count, 200, 10_000);

        var open = records.Where(type => HasSecret(type) && PrintsMembers(type)).Select(type => type.FullName);

        Assert.Empty(open);
    }

    // Text or bytes by such a name, whatever class has them; a class of its own prints itself.
    private static bool HasSecret(Type record) => record.GetProperties(BindingFlags.Instance | BindingFlags.Public)
        .Any(property => Secret().IsMatch(property.Name) && (property.PropertyType == typeof(string) || property.PropertyType.IsArray || property.PropertyType == typeof(ReadOnlyMemory<byte>)));

    private static bool PrintsMembers(Type record) => IsGenerated(record, nameof(ToString)) && IsGenerated(record, "PrintMembers");

    private static bool IsGenerated(Type record, string name) =>
        record.GetMethod(name, Members)?.IsDefined(typeof(CompilerGeneratedAttribute)) ?? true;

    [GeneratedRegex("(Secret|Token|Password|Passphrase|Phrase|Invitation|Capability|SecretKey|Cookie|Bearer)$")]
    private static partial Regex Secret();
}
