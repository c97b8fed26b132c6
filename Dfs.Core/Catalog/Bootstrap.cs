using System.Security.Cryptography;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>What a directory has said about first layouts, durably.</summary>
/// <param name="Cluster">Null while it belongs to none.</param>
/// <param name="Yes">SHA-256 of the one proposal that it agreed to; null when none.</param>
public sealed record BootstrapVote(ClusterId? Cluster, Bytes32? Yes)
{
    public static readonly BootstrapVote Fresh = new(null, null);
}

/// <summary>How the first layout comes about: with the yes of every directory in it, and a directory says yes once.</summary>
public static class Bootstrap
{
    /// <summary>The same members make the same proposal, whoever makes it; so half a vote can be completed by anyone.</summary>
    public static Layout Propose(LayoutFactors factors, IReadOnlyCollection<LayoutMember> members)
    {
        var writer = new ByteWriter();
        writer.Block16("dfs cluster"u8);
        foreach (var member in members.OrderBy(member => member.Id))
        {
            writer.Bytes16(member.Id.Value);
        }

        // The ids are random, each directory's own; their hash is as good a cluster id as a fresh one.
        var cluster = new ClusterId(SHA256.HashData(writer.Written).AsSpan(0, Bytes16.SizeBytes));
        return Layout.First(cluster, factors, members);
    }

    /// <summary>Agrees to the first proposal, and to that one again; the vote must be durable before the answer.</summary>
    public static (BootstrapVote Next, bool Yes) Answer(BootstrapVote vote, ReplicaId self, Layout proposed)
    {
        var hash = new Bytes32(SHA256.HashData(proposed.Encode()));
        var agrees = vote.Cluster is null
            && (vote.Yes is null || vote.Yes == hash)
            && proposed.Number == LayoutNumber.None.Next && !proposed.IsJoint
            && proposed.Members.Any(member => member.Id == self);
        return agrees ? (vote with { Yes = hash }, true) : (vote, false);
    }

    /// <summary>Whether the proposal is the first layout now.</summary>
    public static bool IsDecided(Layout proposed, IReadOnlySet<ReplicaId> yes) =>
        proposed.Members.All(member => yes.Contains(member.Id));
}
