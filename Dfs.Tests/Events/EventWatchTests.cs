using System.Collections.Immutable;
using Dfs.Core.Events;

namespace Dfs.Tests.Events;

public sealed class EventWatchTests
{
    private static readonly Sight Calm = Of(2, false, ("a", Here), ("b", Here), ("c", Here));

    private static SeenNode Here => new("", true, true, false, false);

    private static SeenNode Away => Here with { IsHere = false };

    [Fact]
    public void The_first_sight_tells_only_what_is_wrong_with_the_node_itself()
    {
        Assert.Empty(Told(Calm));
        Assert.Equal(
            [EventKind.ReadOnly, EventKind.DamageFound], Told(Calm with { ReadOnlyBecause = "full", Damaged = 3, Healed = 4, GarbageEpoch = 9 }).Select(Kind));
    }

    [Fact]
    public void A_node_that_goes_and_comes_is_told_once_each_and_nothing_else_is()
    {
        var without = Of(2, false, ("a", Here), ("b", Away), ("c", Here));

        Assert.Equal(
            ["NodeUnreachable b", "NodeBack b"],
            Told(Calm, without, without, Calm, Calm).Select(each => $"{each.Kind} {each.Subject}"));
    }

    [Fact]
    public void A_newcomer_a_change_and_a_leaver_are_told_by_name()
    {
        var met = Of(2, false, ("a", Here), ("b", Here), ("c", Here), ("d", Here with { IsInLayout = false }));
        var joint = Of(3, true, ("a", Here), ("b", Here), ("c", Here with { IsLeaving = true }), ("d", Here));
        var after = Of(4, false, ("a", Here), ("b", Here), ("c", Here with { IsLeaving = true, IsInLayout = false }), ("d", Here));
        var drained = Of(4, false, ("a", Here), ("b", Here), ("c", Here with { IsLeaving = true, IsInLayout = false, IsDrained = true }), ("d", Here));

        Assert.Equal(
            ["NodeUp d", "Draining c", "NodeJoined d", "LayoutChanging ", "NodeLeft c", "LayoutDecided ", "Drained c"],
            Told(Calm, met, joint, after, drained).Select(each => $"{each.Kind} {each.Subject}"));
    }

    [Fact]
    public void Repair_has_ended_when_nothing_was_copied_for_some_sights_and_says_how_much_it_was()
    {
        var quiet = Enumerable.Repeat(Calm with { RepairedBytes = 5_000 }, EventWatch.QuietSights).ToArray();
        Sight[] begun = [Calm, Calm with { RepairedBytes = 2_000 }, Calm with { RepairedBytes = 2_000, IsRepairing = true }, Calm with { RepairedBytes = 5_000 }];

        Assert.Equal([EventKind.RepairBegun], Told([.. begun, .. quiet[1..]]).Select(Kind));
        var told = Told([.. begun, .. quiet, .. quiet]);
        Assert.Equal([EventKind.RepairBegun, EventKind.RepairEnded], told.Select(Kind));
        Assert.Contains("5,000", told[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_its_end_scrubs_collections_and_the_disk_are_told_with_their_numbers()
    {
        var found = Calm with { Damaged = 2 };
        var healed = found with { Damaged = 0, Healed = 2 };
        var scrubbed = healed with { ScrubbedAt = DateTimeOffset.UnixEpoch, ScrubbedChunks = 1_234, ScrubbedDamaged = 2 };
        var collected = scrubbed with { GarbageEpoch = 3, FreedChunks = 7, FreedBytes = 8_000 };
        var full = collected with { ReadOnlyBecause = "the disk is full", NotReadyBecause = "no quorum" };

        var told = Told(Calm, found, healed, scrubbed, collected, full, collected);

        Assert.Equal(
            [
                EventKind.DamageFound, EventKind.DamageHealed, EventKind.ScrubEnded, EventKind.GarbageCollected,
                EventKind.ReadOnly, EventKind.NotReady, EventKind.Writable, EventKind.Ready,
            ],
            told.Select(Kind));
        Assert.Equal("has read all its 1,234 chunks; 2 were damaged", told[2].Text);
        Assert.Equal("collected garbage in epoch 3: 7 chunks, 8,000 bytes were deleted", told[3].Text);
    }

    [Fact]
    public void A_clock_that_is_off_is_told_once_until_it_is_well_back()
    {
        Sight At(int? seconds) => Of(2, false, ("a", Here), ("b", Here with { ClockAhead = seconds is { } by ? TimeSpan.FromSeconds(by) : null }), ("c", Here));

        var told = Told(At(0), At(9), At(-3_723), At(-10), At(-9), At(null), At(-6), At(4), At(9), At(10));

        Assert.Equal(["ClockOff b", "ClockRight b", "ClockOff b"], told.Select(each => $"{each.Kind} {each.Subject}"));
        Assert.Equal("has a clock that is 1:02:03 behind most nodes'; set it", told[0].Text);
    }

    [Fact]
    public void What_several_nodes_have_noted_alike_stands_in_the_story_once()
    {
        ClusterEvent At(long seconds, EventKind kind) => new(seconds * 1000, kind, "b", "text");

        var story = EventMerge.Of(
        [
            ("c", At(12, EventKind.NodeUnreachable)), ("a", At(10, EventKind.NodeUnreachable)), ("a", At(20, EventKind.NodeBack)),
            ("a", At(30, EventKind.NodeUnreachable)), ("c", At(31, EventKind.NodeUnreachable)), ("c", At(100, EventKind.NodeBack)),
        ]);

        Assert.Equal(
            ["10 NodeUnreachable a c", "20 NodeBack a", "30 NodeUnreachable a c", "100 NodeBack c"],
            story.Select(each => $"{each.AtUnixMs / 1000} {each.Kind} {string.Join(' ', each.By)}"));
    }

    private static EventKind Kind((EventKind Kind, string Subject, string Text) told) => told.Kind;

    private static List<(EventKind Kind, string Subject, string Text)> Told(params Sight[] sights)
    {
        var (watch, told) = (EventWatch.Empty, new List<(EventKind, string, string)>());
        foreach (var sight in sights)
        {
            (watch, var events) = watch.See(sight);
            told.AddRange(events);
        }

        return told;
    }

    private static Sight Of(ulong layout, bool isChanging, params (string Name, SeenNode Node)[] nodes) => new(
        "a", layout, isChanging, nodes.ToImmutableSortedDictionary(each => each.Name, each => each.Node with { Name = each.Name }));
}
