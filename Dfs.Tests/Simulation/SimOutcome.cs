namespace Dfs.Tests.Simulation;

/// <summary>How one seed's run ended.</summary>
/// <param name="Story">Null, or what cannot be explained.</param>
/// <param name="Operations">Of clients, that were answered or may have taken effect.</param>
/// <param name="Faults">Crashes and cuts; lost, doubled and late messages are not counted.</param>
/// <param name="Layouts">That were decided after the first.</param>
/// <param name="Collections">Of garbage, that came to their end.</param>
internal sealed record SimOutcome(string? Story, int Operations, int Faults, ulong Layouts, int Collections);

/// <summary>The most that may happen in a run, to make the story of a failure short.</summary>
internal sealed record SimLimits(int Clients, int Calls, int Faults)
{
    public static readonly SimLimits None = new(int.MaxValue, int.MaxValue, int.MaxValue);

    /// <summary>Where shrinking begins: what a run has at most.</summary>
    public static readonly SimLimits Largest = new(5, 25, 40);

    /// <summary>Each a step smaller, the largest steps first.</summary>
    public IEnumerable<SimLimits> Smaller()
    {
        if (Faults > 0)
        {
            yield return this with { Faults = Faults / 2 };
            yield return this with { Faults = Faults - 1 };
        }

        if (Clients > 1)
        {
            yield return this with { Clients = Clients - 1 };
        }

        if (Calls > 1)
        {
            yield return this with { Calls = Calls / 2 };
            yield return this with { Calls = Calls - 1 };
        }
    }
}
