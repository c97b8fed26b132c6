using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Repair;

/// <summary>What a new member of a joint layout has taken over so far; facts that stay true, and may be told again.</summary>
/// <param name="By">Who has it, durably.</param>
/// <param name="Number">The joint layout under which it was pulled.</param>
/// <param name="Pulled">The partitions whose rows and promises it has of each old replica.</param>
/// <param name="Chunks">The partitions of which it has every chunk.</param>
public sealed record SyncReport(
    ReplicaId By, LayoutNumber Number, ImmutableSortedDictionary<ReplicaId, PartitionSet> Pulled, PartitionSet Chunks);
