using System.Collections.Immutable;
using System.Globalization;
using Dfs.Core.Membership;

namespace Dfs.Core.Events;

/// <summary>What one node sees of its cluster and of itself at one moment, as far as events come of it.</summary>
/// <param name="Layout">0 before the first one.</param>
/// <param name="Nodes">By replica id, the node itself included.</param>
public sealed record Sight(string Self, ulong Layout, bool IsChanging, ImmutableSortedDictionary<string, SeenNode> Nodes)
{
    /// <summary>Why the node is not ready; empty while it is.</summary>
    public string NotReadyBecause { get; init; } = "";

    /// <summary>Why its store takes no writes; empty while it does.</summary>
    public string ReadOnlyBecause { get; init; } = "";

    public bool IsRepairing { get; init; }

    /// <summary>Copied by repair since the node's start.</summary>
    public long RepairedBytes { get; init; }

    /// <summary>Damaged or lost chunks that wait to be healed.</summary>
    public long Damaged { get; init; }

    /// <summary>Since the node's start.</summary>
    public long Healed { get; init; }

    /// <summary>When the last scrub ended; null when none did.</summary>
    public DateTimeOffset? ScrubbedAt { get; init; }

    public long ScrubbedChunks { get; init; }

    public long ScrubbedDamaged { get; init; }

    /// <summary>The last collection's.</summary>
    public ulong GarbageEpoch { get; init; }

    public long FreedChunks { get; init; }

    public long FreedBytes { get; init; }
}

/// <param name="IsHere">It answers.</param>
/// <param name="IsDrained">It is leaving, stands in no layout and holds nothing.</param>
public sealed record SeenNode(string Name, bool IsHere, bool IsInLayout, bool IsLeaving, bool IsDrained)
{
    public static readonly SeenNode None = new("", false, false, false, false);

    /// <summary>By how much its wall clock is ahead of most nodes'; null while that is not known.</summary>
    public TimeSpan? ClockAhead { get; init; }
}

/// <summary>Tells from one sight to the next what has happened.</summary>
/// <remarks>
/// Pure. What comes and goes between two sights is not seen. The first sight after a start tells nothing of the others, who were there
/// before, but what is wrong with the node itself.
/// </remarks>
public sealed record EventWatch
{
    /// <summary>Ten sights without a copied byte: repair that pauses between two pieces has not ended.</summary>
    public const int QuietSights = 10;

    public static readonly EventWatch Empty = new();

    private Sight? Last { get; init; }

    private ImmutableHashSet<string> Away { get; init; } = [];

    /// <summary>Whose clocks are off.</summary>
    private ImmutableHashSet<string> Off { get; init; } = [];

    /// <summary>Copied when the repair that is under way began; null when none is.</summary>
    private long? RepairFrom { get; init; }

    private int Quiet { get; init; }

    /// <returns>The next watch, and what happened, in the order in which it is told.</returns>
    public (EventWatch Next, IReadOnlyList<(EventKind Kind, string Subject, string Text)> Events) See(Sight now)
    {
        var events = new List<(EventKind, string, string)>();
        var next = this with { Last = now };
        if (Last is { } last)
        {
            next = next.Compare(last, now, events).Repair(last, now, events);
        }
        else
        {
            Own(now with { ReadOnlyBecause = "", Damaged = 0 }, now, events);
        }

        return (next, events);
    }

    private EventWatch Compare(Sight last, Sight now, List<(EventKind, string, string)> events)
    {
        var (away, off) = (Away, Off);
        foreach (var id in now.Nodes.Keys.Union(last.Nodes.Keys))
        {
            var (was, node) = (last.Nodes.GetValueOrDefault(id, SeenNode.None), now.Nodes.GetValueOrDefault(id, SeenNode.None));
            var name = node.Name.Length > 0 ? node.Name : was.Name;
            if (node.IsHere != was.IsHere && name != now.Self)
            {
                var kind = !node.IsHere ? EventKind.NodeUnreachable : away.Contains(id) ? EventKind.NodeBack : EventKind.NodeUp;
                events.Add((kind, name, !node.IsHere ? "does not answer" : kind == EventKind.NodeBack ? "answers again" : "is here"));
                away = node.IsHere ? away.Remove(id) : away.Add(id);
            }

            var isOff = node.ClockAhead is { } ahead ? ahead.Duration() >= (off.Contains(id) ? ClockSkew.TellFrom / 2 : ClockSkew.TellFrom) : off.Contains(id);
            Note(isOff && !off.Contains(id), EventKind.ClockOff, name, $"has a clock that is {ClockSkew.Say(node.ClockAhead ?? TimeSpan.Zero)}; set it");
            Note(!isOff && off.Contains(id), EventKind.ClockRight, name, "has its clock with the others' again");
            off = isOff ? off.Add(id) : off.Remove(id);
            Note(!was.IsLeaving && node.IsLeaving, EventKind.Draining, name, "gives its data to the others");
            Note(!was.IsDrained && node.IsDrained, EventKind.Drained, name, "holds nothing any more and may be stopped");
            // Both lists count while a layout changes, so who leaves leaves with the end of the change.
            Note(!was.IsInLayout && node.IsInLayout, EventKind.NodeJoined, name, $"is in layout {now.Layout}");
            Note(was.IsInLayout && !node.IsInLayout, EventKind.NodeLeft, name, $"is no longer in the layout, which is {now.Layout}");
        }

        if (now.Layout != last.Layout)
        {
            events.Add(now.IsChanging
                ? (EventKind.LayoutChanging, "", $"layout {now.Layout} was decided; data moves until the next")
                : (EventKind.LayoutDecided, "", $"layout {now.Layout} was decided, with {now.Nodes.Values.Count(node => node.IsInLayout)} nodes"));
        }

        Own(last, now, events);
        return this with { Last = now, Away = away, Off = off.Intersect(now.Nodes.Keys) };

        void Note(bool happened, EventKind kind, string subject, string text)
        {
            if (happened)
            {
                events.Add((kind, subject, text));
            }
        }
    }

    private EventWatch Repair(Sight last, Sight now, List<(EventKind, string, string)> events)
    {
        if (now.RepairedBytes > last.RepairedBytes)
        {
            if (RepairFrom is null)
            {
                events.Add((EventKind.RepairBegun, now.Self, "copies chunks that it should have"));
            }

            return this with { RepairFrom = RepairFrom ?? last.RepairedBytes, Quiet = 0 };
        }

        var quiet = now.IsRepairing ? 0 : Quiet + 1;
        if (RepairFrom is not { } from || quiet < QuietSights)
        {
            return this with { Quiet = quiet };
        }

        events.Add((EventKind.RepairEnded, now.Self, $"has copied {Number(now.RepairedBytes - from)} bytes"));
        return this with { RepairFrom = null, Quiet = 0 };
    }

    // What a node knows of itself only.
    private static void Own(Sight last, Sight now, List<(EventKind, string, string)> events)
    {
        if (now.ReadOnlyBecause != last.ReadOnlyBecause)
        {
            events.Add(now.ReadOnlyBecause.Length > 0
                ? (EventKind.ReadOnly, now.Self, $"takes no writes: {now.ReadOnlyBecause}")
                : (EventKind.Writable, now.Self, "takes writes again"));
        }

        if (now.NotReadyBecause.Length > 0 != last.NotReadyBecause.Length > 0)
        {
            events.Add(now.NotReadyBecause.Length > 0
                ? (EventKind.NotReady, now.Self, $"cannot serve: {now.NotReadyBecause}")
                : (EventKind.Ready, now.Self, "serves"));
        }

        var found = now.Damaged - last.Damaged + Math.Max(0, now.Healed - last.Healed);
        if (found > 0)
        {
            events.Add((EventKind.DamageFound, now.Self, $"found {Number(found)} damaged or missing chunks"));
        }

        if (now.Healed > last.Healed)
        {
            events.Add((EventKind.DamageHealed, now.Self, $"has {Number(now.Healed - last.Healed)} damaged chunks whole again"));
        }

        if (now.ScrubbedAt is not null && now.ScrubbedAt != last.ScrubbedAt)
        {
            events.Add((EventKind.ScrubEnded, now.Self, $"has read all its {Number(now.ScrubbedChunks)} chunks; {Number(now.ScrubbedDamaged)} were damaged"));
        }

        if (now.GarbageEpoch > last.GarbageEpoch)
        {
            events.Add((
                EventKind.GarbageCollected, now.Self,
                $"collected garbage in epoch {now.GarbageEpoch}: {Number(now.FreedChunks - last.FreedChunks)} chunks, {Number(now.FreedBytes - last.FreedBytes)} bytes were deleted"));
        }
    }

    private static string Number(long value) => Math.Max(0, value).ToString("N0", CultureInfo.InvariantCulture);
}
