namespace Dfs.Tests.Processes;

/// <summary>Clusters of real processes, one test after the other: they want the machine for themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class OneByOne
{
    public const string Name = "processes";
}
