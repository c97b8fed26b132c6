using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

/// <summary>What is known of one data directory when the next layout is thought about.</summary>
/// <param name="Member">As it would stand in a layout, with a slot of its own.</param>
/// <param name="IsHere">It answers and is a member of the cluster of actor systems.</param>
/// <param name="Knows">The layout that it has made durable, as it said last.</param>
/// <param name="For">How long it has been here, or away, without a break; as far back as this node has been looking.</param>
public sealed record DirectoryFact(LayoutMember Member, bool IsHere, LayoutNumber Knows, TimeSpan For)
{
    /// <summary>It was told to give its data away.</summary>
    public bool IsLeaving { get; init; }

    /// <summary>A person says that it is gone for good.</summary>
    public bool IsGone { get; init; }
}

/// <summary>When a layout changes without a person.</summary>
/// <param name="IsAutomatic">False: newcomers are taken in, and dead members left out, on command only.</param>
/// <param name="DeadAfter">How long a member must have been away, without a break, to be left out.</param>
/// <param name="Settle">How long a newcomer must have been here, so that nodes that start together come in together.</param>
/// <param name="MembersMax">Larger clusters change on command only: what moves is then worth a person's look.</param>
/// <param name="NewcomerPatience">How long an unfinished change waits for a newcomer that went away.</param>
public sealed record LayoutPolicy(bool IsAutomatic, TimeSpan Settle, int MembersMax, TimeSpan NewcomerPatience, TimeSpan DeadAfter)
{
    public static readonly LayoutPolicy Default = new(true, TimeSpan.FromSeconds(10), 16, TimeSpan.FromMinutes(1), TimeSpan.FromHours(24));
}
