using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

/// <summary>Whose answers are enough: a majority of one group, or of each of two while a layout is joint.</summary>
public sealed class QuorumSet
{
    private readonly ImmutableArray<ImmutableArray<ReplicaId>> _groups;

    private QuorumSet(ImmutableArray<ImmutableArray<ReplicaId>> groups)
    {
        _groups = groups;
        Replicas = [.. groups.SelectMany(group => group).Distinct()];
    }

    /// <summary>Of each of which a majority is needed, the newer first.</summary>
    public ImmutableArray<ImmutableArray<ReplicaId>> Groups => _groups;

    /// <summary>Everyone to ask, each once, the newer group's first.</summary>
    public ImmutableArray<ReplicaId> Replicas { get; }

    public static QuorumSet MajorityOf(IEnumerable<ReplicaId> group) => new([[.. group]]);

    public static QuorumSet MajorityOfBoth(IEnumerable<ReplicaId> old, IEnumerable<ReplicaId> next) =>
        new([[.. next], [.. old]]);

    /// <summary>Whether these are a majority of every group.</summary>
    public bool IsMet(ISet<ReplicaId> answered)
    {
        foreach (var group in _groups)
        {
            if (group.Count(answered.Contains) < Majority(group.Length))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the others could still be a quorum when these refuse.</summary>
    public bool CanBeMetWithout(ISet<ReplicaId> refused)
    {
        foreach (var group in _groups)
        {
            if (group.Length - group.Count(refused.Contains) < Majority(group.Length))
            {
                return false;
            }
        }

        return true;
    }

    public static int Majority(int count) => (count / 2) + 1;
}
