using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>How far the change feeds of a layout's members were taken over.</summary>
/// <param name="Layout">Positions under different layouts are not compared.</param>
/// <param name="Cursors">Of every member that was ever heard; a cursor counts up as long as its replica lives.</param>
public sealed record FeedPosition(LayoutNumber Layout, ImmutableSortedDictionary<ReplicaId, ulong> Cursors)
{
    /// <summary>65,535, as many as the format counts.</summary>
    public const int CursorsMax = ushort.MaxValue;

    /// <summary>Whether whoever is here has taken over every row that somebody at the other position has.</summary>
    public bool Includes(FeedPosition other) =>
        Layout == other.Layout && other.Cursors.All(pair => Cursors.TryGetValue(pair.Key, out var cursor) ? cursor >= pair.Value : pair.Value == 0);

    public bool Equals(FeedPosition? other) => other is not null && Layout == other.Layout && Cursors.SequenceEqual(other.Cursors);

    public override int GetHashCode() => HashCode.Combine(Layout, Cursors.Count);
}
