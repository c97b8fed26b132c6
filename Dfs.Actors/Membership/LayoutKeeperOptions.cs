using Dfs.Actors.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;

namespace Dfs.Actors.Membership;

/// <summary>What a <see cref="LayoutKeeper"/> is made with.</summary>
/// <param name="IsFirstSeed">Only the first listed seed proposes the first layout.</param>
/// <param name="BootstrapExpect">How many nodes form it.</param>
/// <param name="Store">The directory's durable memory of layouts and of its one yes.</param>
/// <param name="Fence">Is held while a layout is installed.</param>
/// <param name="Catalog">Decides later layouts on the council's registers; asked for lazily, because the proposer is made later.</param>
public sealed record LayoutKeeperOptions(
    ReplicaId Self,
    bool IsFirstSeed,
    int BootstrapExpect,
    LayoutFactors Factors,
    CatalogStore Store,
    Func<CatalogClient> Catalog,
    LayoutFence Fence)
{
    /// <summary>When newcomers are taken in without a person.</summary>
    public LayoutPolicy Policy { get; init; } = LayoutPolicy.Default;

    /// <summary>Signs and checks layouts; null in a cluster without an authority of its own, where who is in it is believed.</summary>
    public LayoutNotary? Notary { get; init; }

    /// <summary>What was heard of an unfinished change.</summary>
    public LayoutProgress Progress { get; init; } = new();

    /// <summary>Told the name of who announced a layout that is not believed, and a sentence about it.</summary>
    public Action<string, string> OnForged { get; init; } = static (_, _) => { };

    /// <summary>Half a second: a layout is needed once, and then hardly ever.</summary>
    public TimeSpan Round { get; init; } = TimeSpan.FromMilliseconds(500);
}
