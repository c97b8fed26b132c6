namespace Dfs.Core.Repair;

/// <summary>How much of the time repair may work while clients are served. Pure.</summary>
public static class RepairPace
{
    /// <summary>A quarter: what is left to clients is well above the 60 % that they are to keep, and repair never stands still.</summary>
    public const double ShareWhileServing = 0.25;

    /// <summary>Two seconds: a disk that hung for a while must not be followed by a minute of nothing.</summary>
    public static readonly TimeSpan RestMax = TimeSpan.FromSeconds(2);

    /// <summary>How long to rest after a piece of work, so that working takes the share of the time.</summary>
    public static TimeSpan RestAfter(TimeSpan took)
    {
        var rest = took * ((1 - ShareWhileServing) / ShareWhileServing);
        return rest < RestMax ? rest : RestMax;
    }
}
