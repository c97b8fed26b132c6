namespace Dfs.Tests.Faults;

/// <param name="Nodes">Five or more keep three copies of everything while one is drained and another is down.</param>
/// <param name="Clients">At work at once, on few keys.</param>
internal sealed record NemesisOptions(int Nodes, TimeSpan Duration, int Seed, int Clients = 12);
