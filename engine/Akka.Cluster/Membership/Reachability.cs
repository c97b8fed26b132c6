using System.Collections.Immutable;

namespace Akka.Cluster;

internal enum ReachabilityStatus
{
    Reachable = 0,
    Unreachable = 1,

    /// <summary>Known to be gone for good (quarantined, or replaced by a new incarnation); never taken back.</summary>
    Terminated = 2,
}

/// <summary>One observer's present opinion of one subject.</summary>
internal readonly record struct Observation(UniqueAddress Observer, UniqueAddress Subject, ReachabilityStatus Status);

/// <summary>Who cannot reach whom. Only an observer changes its own row, so a row with the higher version replaces the other.</summary>
/// <remarks>Pure. Reachable is the absence of an observation; a row whose last one was taken back keeps its version.</remarks>
internal sealed class Reachability
{
    public static readonly Reachability Empty = new(ImmutableSortedDictionary<UniqueAddress, Row>.Empty);

    private ImmutableSortedSet<UniqueAddress>? _unreachable;

    public Reachability(ImmutableSortedDictionary<UniqueAddress, Row> rows) => Rows = rows;

    /// <summary>What one node observes, and how often it changed its mind.</summary>
    internal sealed record Row(long Version, ImmutableSortedDictionary<UniqueAddress, ReachabilityStatus> Subjects);

    public ImmutableSortedDictionary<UniqueAddress, Row> Rows { get; }

    public IEnumerable<Observation> Observations =>
        Rows.SelectMany(row => row.Value.Subjects, (row, subject) => new Observation(row.Key, subject.Key, subject.Value));

    /// <summary>The subjects that at least one observer holds for unreachable or terminated.</summary>
    public ImmutableSortedSet<UniqueAddress> AllUnreachable =>
        _unreachable ??= [.. Observations.Select(observation => observation.Subject)];

    public bool IsReachable(UniqueAddress node) => !AllUnreachable.Contains(node);

    public ReachabilityStatus Status(UniqueAddress observer, UniqueAddress subject) =>
        Rows.TryGetValue(observer, out var row) && row.Subjects.TryGetValue(subject, out var status)
            ? status
            : ReachabilityStatus.Reachable;

    /// <returns>This, when the observer held that opinion already, or had called the subject terminated.</returns>
    public Reachability Observe(UniqueAddress observer, UniqueAddress subject, ReachabilityStatus status)
    {
        var before = Status(observer, subject);
        if (before == status || before == ReachabilityStatus.Terminated)
        {
            return this;
        }

        var row = Rows.GetValueOrDefault(observer) ?? new Row(0, ImmutableSortedDictionary<UniqueAddress, ReachabilityStatus>.Empty);
        var subjects = status == ReachabilityStatus.Reachable
            ? row.Subjects.Remove(subject)
            : row.Subjects.SetItem(subject, status);
        return new Reachability(Rows.SetItem(observer, new Row(row.Version + 1, subjects)));
    }

    /// <summary>The newer row of each observer, without the nodes that are not (or no longer) allowed.</summary>
    public Reachability Merge(Reachability that, Func<UniqueAddress, bool> allowed)
    {
        var merged = Rows.ToBuilder();
        foreach (var (observer, row) in that.Rows)
        {
            if (!merged.TryGetValue(observer, out var mine) || row.Version > mine.Version)
            {
                merged[observer] = row;
            }
        }

        return new Reachability(merged.ToImmutable()).Where(allowed);
    }

    public Reachability Remove(IReadOnlySet<UniqueAddress> nodes) => Where(node => !nodes.Contains(node));

    public Reachability WithoutObservers(Func<UniqueAddress, bool> excluded) =>
        new(Rows.RemoveRange(Rows.Keys.Where(excluded)));

    private Reachability Where(Func<UniqueAddress, bool> allowed)
    {
        var kept = Rows.ToBuilder();
        foreach (var (observer, row) in Rows)
        {
            if (!allowed(observer))
            {
                kept.Remove(observer);
            }
            else if (row.Subjects.Keys.Any(subject => !allowed(subject)))
            {
                kept[observer] = row with { Subjects = row.Subjects.RemoveRange(row.Subjects.Keys.Where(subject => !allowed(subject))) };
            }
        }

        return new Reachability(kept.ToImmutable());
    }

    public override string ToString() =>
        $"Reachability({string.Join(", ", Observations.Select(o => $"{o.Observer.Address} -> {o.Subject.Address}: {o.Status}"))})";
}
