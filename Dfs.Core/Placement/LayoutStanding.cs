using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

/// <summary>Whose signatures of a statement were found good.</summary>
/// <param name="Nodes">Each with a certificate that the authority vouches for.</param>
public sealed record LayoutSigners(bool IsByAuthority, ImmutableSortedSet<ReplicaId> Nodes)
{
    public bool AreMajorityOf(ImmutableArray<ReplicaId> council) => council.Count(Nodes.Contains) >= QuorumSet.Majority(council.Length);
}

/// <summary>What an announced layout came to.</summary>
public enum LayoutVerdict
{
    /// <summary>Signed from what this node stands on to it.</summary>
    Proven,

    /// <summary>What is known already, or older.</summary>
    Old,

    /// <summary>Links between are missing: whoever announced it may have them.</summary>
    Apart,

    /// <summary>No majority of the council signed the number that comes next.</summary>
    NotSigned,

    /// <summary>Another layout of this number was signed.</summary>
    Conflicting,
}

/// <summary>Up to which layout a node follows the signatures, and who must sign the next one.</summary>
/// <remarks>
/// Pure. A link counts when a majority of the council before it signed it, or the authority did: what the authority signs needs nothing
/// before it. A liar that is in a council is one of a majority; more of them than a minority are not guarded against.
/// </remarks>
public sealed record LayoutStanding(LayoutNumber Number, Bytes32 Hash, ImmutableArray<ReplicaId> Council)
{
    /// <summary>Of a directory that belongs to no cluster: only the authority can tell it of one.</summary>
    public static readonly LayoutStanding Nowhere = new(LayoutNumber.None, default, []);

    /// <summary>On what is durable here.</summary>
    public static LayoutStanding On(Layout? layout) =>
        layout is null ? Nowhere : new LayoutStanding(layout.Number, LayoutStatement.HashOf(layout), layout.Council);

    /// <summary>Follows one link.</summary>
    public (LayoutStanding Next, LayoutVerdict Verdict) Follow(LayoutStatement link, LayoutSigners signers)
    {
        var isNext = Number != LayoutNumber.None && link.Number == Number.Next;
        var verdict = link.Number.CompareTo(Number) < 0 ? LayoutVerdict.Old
            : link.Number == Number ? (link.Hash == Hash ? LayoutVerdict.Old : LayoutVerdict.Conflicting)
            : signers.IsByAuthority || (isNext && signers.AreMajorityOf(Council)) ? LayoutVerdict.Proven
            : isNext ? LayoutVerdict.NotSigned
            : LayoutVerdict.Apart;
        return (verdict == LayoutVerdict.Proven ? new LayoutStanding(link.Number, link.Hash, link.Council) : this, verdict);
    }

    /// <summary>Follows links as far as they lead; those that do not lead on are passed over.</summary>
    /// <returns>Where that is, and those that were followed.</returns>
    public (LayoutStanding Next, ImmutableArray<LayoutLink> Followed) Follow(IEnumerable<LayoutLink> links, Func<LayoutLink, LayoutSigners> whoSigned)
    {
        var (at, followed) = (this, ImmutableArray.CreateBuilder<LayoutLink>());
        foreach (var link in links.OrderBy(link => link.Number))
        {
            (at, var verdict) = at.Follow(link.Statement, whoSigned(link));
            if (verdict == LayoutVerdict.Proven)
            {
                followed.Add(link);
            }
        }

        return (at, followed.ToImmutable());
    }

    /// <summary>Whether this is where a layout is: its number, and its bytes.</summary>
    public LayoutVerdict Judge(Layout layout)
    {
        var order = layout.Number.CompareTo(Number);
        return order == 0 ? (LayoutStatement.HashOf(layout) == Hash ? LayoutVerdict.Proven : LayoutVerdict.Conflicting)
            : order < 0 ? LayoutVerdict.Old
            : layout.Number == Number.Next && Number != LayoutNumber.None ? LayoutVerdict.NotSigned
            : LayoutVerdict.Apart;
    }

    public override string ToString() => $"on layout {Number}";
}
