namespace Dfs.Tests.Fuzz;

/// <summary>All parsers of bytes from outside.</summary>
internal static class FuzzTargets
{
    // Those of the embedded engine are there only when it is what the tests are built with.
    private static readonly Type[] Types =
        [.. typeof(FuzzTargets).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IFuzzTargets))).OrderBy(type => type.Name)];

    /// <summary>By the parts of the program that they belong to; naming them makes none of them.</summary>
    public static IEnumerable<string> Groups => Types.Select(type => type.Name);

    public static IReadOnlyList<FuzzTarget> All() => [.. Groups.SelectMany(Of)];

    public static IReadOnlyList<FuzzTarget> Of(string group) =>
        [.. ((IFuzzTargets)Activator.CreateInstance(Types.Single(type => type.Name == group), nonPublic: true)!).All()];
}

/// <summary>The parsers of one part of the program.</summary>
internal interface IFuzzTargets
{
    IEnumerable<FuzzTarget> All();
}
