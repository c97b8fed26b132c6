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
        }

        // As it comes back from a register, so that the next change is found from there, too.
        var made = Decode(make().Encode())!;
        return Made.GetOrAdd((from, change), made);
    }
}
