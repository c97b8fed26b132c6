using Dfs.Core.Membership;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Actors.Client;

/// <summary>The part of a status that says what has fewer copies than it should, as lines that a person reads.</summary>
public static class RedundancyText
{
    public static IEnumerable<string> Lines(NodeStatus status)
    {
        if (status.Layout == 0)
        {
            yield break;
        }

        var (copies, progress) = (status.Redundancy, status.Repair);
        yield return "copies     " + CopiesLine(copies);
        if (status.Peers.Where(peer => peer.InLayout && peer.State is "unreachable" or "absent" or "down").Select(peer => peer.Name).ToList() is { Count: > 0 } away)
        {
            yield return $"away       {string.Join(", ", away)}: not counted above; what they hold is not lost. {Replacing(status, away)}";
        }

        if (copies.PartitionsUnserved + copies.PartitionsUnwritable + copies.PartitionsUnreadable > 0)
        {
            yield return Text(
                $"unserved   {copies.PartitionsUnserved:N0} of 1,024 partitions have no quorum, with {Counted.Of(copies.Heads.Unserved, "known head")}: neither read nor written; {copies.PartitionsUnwritable:N0} take no content, of {copies.PartitionsUnreadable:N0} none answers");
        }

        yield return "repair     " + ProgressLine(progress);
        if (progress.Damaged + progress.Unhealed + progress.Quarantined > 0)
        {
            yield return Text(
                $"damaged    {Counted.Of(progress.Damaged, "chunk")} to be healed, {progress.Unhealed:N0} without an intact copy on a node that answers, {Counted.Of(progress.Quarantined, "damaged copy", "damaged copies")} set aside");
        }
    }

    // Fewer members than copies are never left: then only a node of that name can take the place.
    private static string Replacing(NodeStatus status, List<string> away) =>
        status.Peers.Count(peer => peer.InLayout) - away.Count < status.ReplicationFactor
            ? "Who does not come back is replaced by a start under its name with an empty directory"
            : $"Who does not come back: `dfs layout remove {(away.Count == 1 ? away[0] : "NAME")}`; without it that is done after `layout.dead-after-hours`";

    public static string CopiesLine(Redundancy copies)
    {
        var (chunks, heads) = (copies.Chunks, copies.Heads);
        var all = $"{Counted.Of(chunks.Chunks, "chunk")} ({Size(chunks.Bytes)}) and {Counted.Of(heads.Heads, "head")}";
        var text = chunks.Fewer + heads.Fewer == 0
            ? $"{all}, all with every copy"
            : $"{all}; {Counted.Of(chunks.Fewer, "chunk")} ({Size(chunks.FewerBytes)}) and {Counted.Of(heads.Fewer, "head")} have fewer copies than wanted on nodes that answer{OneLeft(chunks, heads)}";
        return copies.IsCounted ? text : $"{text} (being counted anew)";
    }

    private static string OneLeft(CopyCount chunks, HeadCount heads) => chunks.One + heads.One == 0
        ? ""
        : $", {Counted.Of(chunks.One, "chunk")} ({Size(chunks.OneBytes)}) and {Counted.Of(heads.One, "head")} one only";

    public static string ProgressLine(RepairProgress progress)
    {
        var left = progress.LeftCopies > 0 ? $"{Counted.Of(progress.LeftCopies, "copy", "copies")} ({Size(progress.LeftBytes)}) to be made, " : "";
        var moving = progress is { State: "idle", LeftCopies: 0 }
            ? ""
            : Text($"{left}{Size(progress.BytesPerSecond)}/s, {TimeText(progress)}; ");
        return $"{progress.State}; {moving}{Size(progress.MovedBytes)} moved and {Counted.Of(progress.Healed, "chunk")} healed since the nodes' starts";
    }

    /// <summary>Powers of ten, three digits: "1.23 GB".</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1_000 => Text($"{bytes} B"),
        < 1_000_000 => Text($"{bytes / 1e3:G3} kB"),
        < 1_000_000_000 => Text($"{bytes / 1e6:G3} MB"),
        < 1_000_000_000_000 => Text($"{bytes / 1e9:G3} GB"),
        _ => Text($"{bytes / 1e12:0.##} TB"),
    };

    /// <summary>"00:01:30", and from a day on "2 d 03:00:00".</summary>
    public static string Duration(TimeSpan time) => time.Days == 0 ? Text($"{time:hh\\:mm\\:ss}") : Text($"{time.Days} d {time:hh\\:mm\\:ss}");

    private static string TimeText(RepairProgress progress) => progress.SecondsLeft is not { } seconds ? "time left not known yet"
        : seconds == 0 ? progress.LeftCopies == 0 ? "nothing to copy" : "less than a second left"
        : $"about {Duration(TimeSpan.FromSeconds(Math.Min(Math.Ceiling(seconds), 8_640_000)))} left";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
