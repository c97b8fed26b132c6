using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Transfer;

/// <summary>Decides how long a read may take before another replica is asked for the same, and whether there is budget for it.</summary>
/// <remarks>
/// Pure. Waits as long as 95 of 100 recent reads took, then asks once more (Dean and Barroso, "The Tail at Scale", CACM 56(2), 2013,
/// hedged requests); we add bounds and a budget, because where everything is slow hedging would double the load just then.
/// Invariant: of any number of reads at most <see cref="BudgetMax"/> and one in <see cref="ReadsPerHedge"/> are hedged.
/// </remarks>
public sealed record HedgeRule
{
    /// <summary>Twenty: hedges add at most 5 % to the reads.</summary>
    public const int ReadsPerHedge = 20;

    /// <summary>Sixteen hedges may be saved up: what four transfers have on the way to a node that freezes.</summary>
    public const int BudgetMax = 16;

    /// <summary>Of how many reads the time is remembered.</summary>
    public const int SamplesMax = 64;

    /// <summary>So many must have ended before their times say anything.</summary>
    public const int SamplesMin = 16;

    private const double Quantile = 0.95;

    private readonly ImmutableArray<TimeSpan> _samples;
    private readonly HedgeLimits _limits;
    private readonly int _oldest;
    private readonly int _credit;

    private HedgeRule(HedgeLimits limits, ImmutableArray<TimeSpan> samples, int oldest, int credit, TimeSpan delay)
    {
        Invariant.Holds(limits.DelayMin <= limits.DelayMax, $"the shortest delay ({limits.DelayMin}) is not above the longest ({limits.DelayMax})");
        (_limits, _samples, _oldest, _credit, Delay) = (limits, samples, oldest, credit, delay);
    }

    /// <summary>How long a read may take before another replica is asked.</summary>
    public TimeSpan Delay { get; }

    /// <summary>Hedges that may be begun now.</summary>
    public int Budget => _credit / ReadsPerHedge;

    /// <summary>Before the first read; with its whole budget.</summary>
    public static HedgeRule Start(HedgeLimits limits) =>
        new(limits, [], 0, BudgetMax * ReadsPerHedge, Bounded(limits, limits.DelayFirst));

    /// <summary>A read begins: it earns its share of a hedge.</summary>
    public HedgeRule Begin() => new(_limits, _samples, _oldest, Math.Min(_credit + 1, BudgetMax * ReadsPerHedge), Delay);

    /// <summary>A read took so long, or was given up after so long.</summary>
    public HedgeRule Took(TimeSpan time)
    {
        var samples = _samples.Length < SamplesMax ? _samples.Add(time) : _samples.SetItem(_oldest, time);
        var delay = samples.Length < SamplesMin ? Delay : Bounded(_limits, QuantileOf(samples));
        return new(_limits, samples, (_oldest + 1) % SamplesMax, _credit, delay);
    }

    /// <summary>Pays for one hedge.</summary>
    /// <returns>Null when there is no budget for it.</returns>
    public HedgeRule? TryHedge() => Budget > 0 ? new(_limits, _samples, _oldest, _credit - ReadsPerHedge, Delay) : null;

    private static TimeSpan QuantileOf(ImmutableArray<TimeSpan> samples)
    {
        Span<TimeSpan> sorted = stackalloc TimeSpan[samples.Length];
        samples.CopyTo(sorted);
        sorted.Sort();
        return sorted[(int)Math.Ceiling(Quantile * sorted.Length) - 1];
    }

    private static TimeSpan Bounded(HedgeLimits limits, TimeSpan delay) =>
        delay < limits.DelayMin ? limits.DelayMin : delay > limits.DelayMax ? limits.DelayMax : delay;
}
