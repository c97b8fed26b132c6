using System.Collections.Immutable;

namespace Akka.Cluster.SBR;

/// <summary>Tells when the view has been quiet for long enough to decide on it, and when it has been restless for too long.</summary>
/// <remarks>Pure; <c>now</c> is a monotonic time.</remarks>
internal sealed record DowningTimer(TimeSpan StableAfter, TimeSpan DownAllWhenUnstable, TimeSpan StableSince)
{
    private ImmutableHashSet<UniqueAddress> Unreachable { get; init; } = [];

    private ImmutableHashSet<UniqueAddress> Settled { get; init; } = [];

    private TimeSpan? RestlessSince { get; init; }

    public bool IsStable(TimeSpan now) => now - StableSince >= StableAfter;

    public bool IsUnstableForTooLong(TimeSpan now) => DownAllWhenUnstable > TimeSpan.Zero
        && RestlessSince is { } since && now - since > StableAfter + DownAllWhenUnstable;

    /// <summary>Takes note of a view: members that joined for good, exited or became (un)reachable start the wait anew.</summary>
    public DowningTimer Observe(DowningView view, TimeSpan now)
    {
        var settled = view.AllMembers
            .Where(member => member.Status is MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Exiting)
            .Select(member => member.UniqueAddress)
            .ToImmutableHashSet();
        var reachabilityChanged = !Unreachable.SetEquals(view.Unreachable);
        var next = this with { Unreachable = view.Unreachable, Settled = settled };
        if (reachabilityChanged || !settled.IsSubsetOf(Settled))
        {
            next = next with { StableSince = now };
        }

        if (view.IsAllUnreachableGoing)
        {
            return next with { RestlessSince = null };
        }

        return reachabilityChanged ? next with { RestlessSince = RestlessSince ?? now } : next;
    }

    /// <summary>Starts the wait anew after a decision was acted on.</summary>
    public DowningTimer Restart(TimeSpan now) => this with { StableSince = now, RestlessSince = null };
}
