using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>What a bucket says of the versions of its files: which are kept, and which its snapshots need.</summary>
public sealed record Retention(KeepRule Rule, BucketSnapshots Snapshots)
{
    public static readonly Retention None = new(KeepRule.None, BucketSnapshots.None);

    /// <summary>The versions that no rule keeps and no snapshot needs.</summary>
    /// <param name="versions">All of a file's, newest first.</param>
    /// <param name="nowUnixMs">Asked of a rule of time only.</param>
    /// <returns>Nothing when these settings are older than the file's versions: a snapshot that is not known here may need them.</returns>
    public ImmutableHashSet<VersionId> Expired(IReadOnlyList<DatedVersion> versions, long nowUnixMs)
    {
        if (Rule.IsNone || versions.Any(version => version.Stamp > Snapshots.Last))
        {
            return [];
        }

        var expired = ImmutableHashSet.CreateBuilder<VersionId>();
        for (var i = 1; i < versions.Count; i++)
        {
            var isKept = i < Rule.Last
                || (Rule.For > TimeSpan.Zero && nowUnixMs - ReplacedAt(versions, i) < (long)Rule.For.TotalMilliseconds)
                || Snapshots.Need(versions[i].Stamp, versions[i - 1].Stamp);
            if (!isKept && !versions[i].Lock.Holds(new LockKey(nowUnixMs, OpensGovernance: false)))
            {
                expired.Add(versions[i].Id);
            }
        }

        return expired.ToImmutable();
    }

    /// <summary>The versions of a head after a put that need no clock to be let go.</summary>
    /// <param name="versions">Newest first, the new one included.</param>
    internal ImmutableArray<HeadVersion> AfterPut(ImmutableArray<HeadVersion> versions)
    {
        if (Rule.For > TimeSpan.Zero || Rule.Last == 0)
        {
            return versions;
        }

        var expired = Expired([.. versions.Select(version => new DatedVersion(version.Id, version.Stamp, 0, version.Lock))], nowUnixMs: 0);
        return versions.RemoveAll(version => expired.Contains(version.Id));
    }

    /// <summary>Whether a put lets go of the pages, too: all in them are older than the head's own.</summary>
    internal bool DropsPagesAfterPut(ImmutableArray<HeadVersion> versions) =>
        Rule.For == TimeSpan.Zero && Rule.Last > 0 && versions.Length >= Rule.Last
        && Snapshots.All.IsEmpty && versions.All(version => version.Stamp <= Snapshots.Last);

    // Never before it was stored itself: a clock that stood wrong at the next put does not make it old.
    private static long ReplacedAt(IReadOnlyList<DatedVersion> versions, int index) =>
        Math.Max(versions[index].StoredUnixMs, versions[index - 1].StoredUnixMs);
}

/// <summary>A version as <see cref="Retention"/> looks at it.</summary>
/// <param name="Stamp">See <see cref="HeadVersion.Stamp"/>.</param>
/// <param name="StoredUnixMs">By the clock of the node that stored it.</param>
public readonly record struct DatedVersion(VersionId Id, uint Stamp, long StoredUnixMs, VersionLock Lock = default);
