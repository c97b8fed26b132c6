using System.Collections.Concurrent;
using System.Security.Cryptography;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Simulation;

/// <summary>Layouts that some run has made before: which members follow on which is drawn from few, and each is a table of 1,024 partitions.</summary>
/// <remarks>Thread-safe, for all runs of the process. A layout is immutable and a pure function of what it is made from, so no run sees another one's.</remarks>
internal static class SimLayouts
{
    /// <summary>4,000 layouts, some 100 MB; beyond, all are forgotten and made again.</summary>
    private const int KeptMax = 4_000;

    private static readonly ConcurrentDictionary<(Layout From, string Change), Layout> Made = new();
    private static readonly ConcurrentDictionary<Bytes32, Layout> Known = new();
    private static readonly ConcurrentDictionary<Layout, byte[]> Encoded = new();
    private static readonly ConcurrentDictionary<Layout, IReadOnlyList<ReplicaId>> Gaining = new();
    private static readonly ConcurrentDictionary<(Layout From, string Facts), Layout?> Thought = new();
    private static readonly ConcurrentDictionary<Layout, string?> Excesses = new();

    public static Layout Change(Layout from, IReadOnlyCollection<LayoutMember> to) =>
        Make(from, $"change {string.Join(',', to)}", () => from.ChangeStart(to));

    public static Layout Replace(Layout from, ReplicaId old, LayoutMember by) =>
        Make(from, $"replace {old} {by}", () => from.ReplaceStart(old, by));

    public static Layout Retarget(Layout from, IReadOnlyCollection<LayoutMember> to) =>
        Make(from, $"retarget {string.Join(',', to)}", () => from.Retarget(to));

    public static Layout Finish(Layout from) => Make(from, "finish", from.Finish);

    public static byte[] Encode(Layout layout) => Encoded.GetOrAdd(layout, static layout => layout.Encode());

    /// <returns>Null when it is none.</returns>
    public static Layout? Decode(ReadOnlySpan<byte> bytes)
    {
        var key = new Bytes32(SHA256.HashData(bytes));
        return Known.TryGetValue(key, out var known) ? known : Layout.TryDecode(bytes, out var layout) ? Known.GetOrAdd(key, layout) : null;
    }

    /// <inheritdoc cref="NextLayout.GainersOf"/>
    public static IReadOnlyList<ReplicaId> GainersOf(Layout joint) =>
        Gaining.GetOrAdd(joint, static joint => [.. NextLayout.GainersOf(joint).Select(gainer => gainer.Id)]);

    /// <inheritdoc cref="NextLayout.Decide"/>
    /// <returns>Null when the layout stays as it is for now.</returns>
    public static Layout? Decide(Layout from, IReadOnlyList<DirectoryFact> facts, LayoutPolicy policy)
    {
        // How long someone has been here or away counts by what it exceeds.
        TimeSpan[] limits = [TimeSpan.Zero, policy.Settle, 3 * policy.Settle, policy.NewcomerPatience, policy.DeadAfter];
        List<DirectoryFact> known = [.. facts.Select(fact => fact with { For = limits.Where(limit => limit <= fact.For).Max() })];
        var key = (from, string.Concat(known.Select(fact =>
            $"{fact.Member.Id}{fact.Member.Name}{fact.Member.Weight} {(fact.IsHere, fact.IsLeaving, fact.IsGone)}{fact.Knows}{fact.For.Ticks}\n")));
        return Thought.TryGetValue(key, out var thought) ? thought
            : Thought.GetOrAdd(key, _ => NextLayout.Decide(from, known, policy, onCommand: false).Proposal is { } next ? Decode(next.Encode()) : null);
    }

    /// <returns>Null, or how much more a change moves than what its members must gain, told.</returns>
    /// <remarks>A copy in excess of a tenth and three of 1,024 partitions. Nobody is here in whose zone another one is, so that a copy need not move for that.</remarks>
    public static string? Excess(Layout layout) => !layout.IsJoint ? null : Excesses.GetOrAdd(layout, static joint =>
    {
        var was = PartitionId.All.SelectMany(partition => joint.OldChunkReplicasOf(partition)).CountBy(id => id).ToDictionary();
        var gets = PartitionId.All.SelectMany(partition => joint.NextChunkReplicasOf(partition)).CountBy(id => id).ToDictionary();
        var necessary = gets.Sum(member => Math.Max(0, member.Value - was.GetValueOrDefault(member.Key)));
        var moved = PartitionId.All.Sum(partition => joint.NextChunkReplicasOf(partition).Except(joint.OldChunkReplicasOf(partition)).Count());
        return moved <= (necessary * 1.1) + 3 ? null : $"{joint} moves {moved} copies of partitions, and {necessary} are what its members gain";
    });

    private static Layout Make(Layout from, string change, Func<Layout> make)
    {
        if (Made.TryGetValue((from, change), out var known))
        {
            return known;
        }

        if (Made.Count > KeptMax)
        {
            Made.Clear();
            Known.Clear();
            Encoded.Clear();
            Gaining.Clear();
            Thought.Clear();
            Excesses.Clear();
        }

        // As it comes back from a register, so that the next change is found from there, too.
        var made = Decode(make().Encode())!;
        return Made.GetOrAdd((from, change), made);
    }
}
