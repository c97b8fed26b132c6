namespace Dfs.Core.Events;

/// <summary>One thing that happened, as the nodes saw it that have said so.</summary>
/// <param name="AtUnixMs">By the clock of who saw it first.</param>
/// <param name="By">Names of who saw it, in order.</param>
public sealed record SeenEvent(long AtUnixMs, EventKind Kind, string Subject, string Text, IReadOnlyList<string> By);

/// <summary>Puts what several nodes have noted into one story.</summary>
public static class EventMerge
{
    /// <summary>One minute: clocks differ, and not every node notices a silent one in the same second.</summary>
    public static readonly TimeSpan Same = TimeSpan.FromMinutes(1);

    /// <summary>By time; what several have noted alike within <see cref="Same"/> stands there once.</summary>
    public static IReadOnlyList<SeenEvent> Of(IEnumerable<(string By, ClusterEvent Event)> noted)
    {
        var merged = new List<SeenEvent>();
        var latest = new Dictionary<(EventKind, string, string), int>();
        foreach (var (by, each) in noted.OrderBy(note => note.Event.AtUnixMs).ThenBy(note => note.By, StringComparer.Ordinal))
        {
            var key = (each.Kind, each.Subject, each.Text);
            if (latest.TryGetValue(key, out var index) && !merged[index].By.Contains(by)
                && each.AtUnixMs - merged[index].AtUnixMs <= (long)Same.TotalMilliseconds)
            {
                merged[index] = merged[index] with { By = [.. merged[index].By.Append(by).Order(StringComparer.Ordinal)] };
                continue;
            }

            latest[key] = merged.Count;
            merged.Add(new SeenEvent(each.AtUnixMs, each.Kind, each.Subject, each.Text, [by]));
        }

        return merged;
    }
}
