using Dfs.Core.Catalog;
using Dfs.Core.Primitives;

namespace Dfs.Storage.CatalogStore;

/// <summary>A row of a partition that this directory has left: no part of what it votes with, lists or gives to others.</summary>
/// <param name="LeftUnder">The layout under which this directory had no vote any more.</param>
public sealed record KeptRow(LayoutNumber LeftUnder, RegisterRow Row);

/// <summary>What is kept in all.</summary>
public sealed record KeptTotals(long Rows, long Bytes)
{
    public static readonly KeptTotals None = new(0, 0);
}
