using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>Remembers what registers were listed as before they changed, so that the difference can be told.</summary>
/// <remarks>
/// What a register is by a read of it, and not yet by the replicas' rows, is told again with every next difference until the rows say
/// so: whoever goes on from a position in between may have those rows and another state. Not thread-safe.
/// </remarks>
internal sealed class NameTracker
{
    private readonly Dictionary<RegisterId, Before> _before = [];
    private readonly HashSet<RegisterId> _read = [];
    private Dictionary<RegisterId, Difference> _again = [];

    /// <summary>What a register is now.</summary>
    /// <param name="Name">Null when it is not listed.</param>
    public readonly record struct State(BucketId Bucket, ListedName? Name, bool IsTombstone);

    /// <param name="Seen">The first name that it had since, when it had none: it may have been listed, so its end is told.</param>
    private readonly record struct Before((BucketId Bucket, ListedName? Name) Then, (BucketId Bucket, ListedName? Name) Seen);

    private readonly record struct Difference(NameChange? Change, BucketId? Unnamed);

    /// <summary>False before the beginning, and again when more changed than can be remembered.</summary>
    public bool IsOn { get; private set; }

    /// <summary>From here on.</summary>
    public void Begin()
    {
        Clear();
        IsOn = true;
    }

    /// <summary>Before every change of a register.</summary>
    /// <param name="before">What it is listed as; called while no name of it is remembered.</param>
    public void Remember(RegisterId register, Func<(BucketId Bucket, ListedName? Name)> before)
    {
        if (!IsOn)
        {
            return;
        }

        if (_before.TryGetValue(register, out var known))
        {
            if (known is { Then.Name: null, Seen.Name: null })
            {
                _before[register] = known with { Seen = before() };
            }

            return;
        }

        if (_before.Count == ChangeLog.ChangesMax)
        {
            Clear();
            return;
        }

        _before.Add(register, new Before(before(), default));
    }

    /// <summary>What it is now is known by a read of the register.</summary>
    public void NoteRead(RegisterId register)
    {
        if (IsOn)
        {
            _read.Add(register);
        }
    }

    /// <returns>Null when it was off.</returns>
    public NameChanges? Take(Func<RegisterId, State> now)
    {
        if (!IsOn)
        {
            return null;
        }

        var differences = new Dictionary<RegisterId, Difference>(_again);
        _again = [];
        foreach (var (register, before) in _before)
        {
            if (DifferenceOf(before, now(register)) is { } difference)
            {
                differences[register] = difference;
            }
        }

        foreach (var register in _read)
        {
            if (differences.TryGetValue(register, out var difference))
            {
                _again.Add(register, difference);
            }
        }

        _before.Clear();
        _read.Clear();
        return new NameChanges(
            [.. differences.Values.Select(difference => difference.Change).OfType<NameChange>().OrderBy(change => change.Name, NameOrder.Instance)],
            differences.Values.Select(difference => difference.Unnamed).OfType<BucketId>().ToHashSet(),
            _again.Count > 0);
    }

    public void Clear()
    {
        IsOn = false;
        _before.Clear();
        _read.Clear();
        _again.Clear();
    }

    private static Difference? DifferenceOf(Before before, State now) => now.Name is not null
        ? now.Name == before.Then.Name ? null : new Difference(new NameChange(now.Bucket, now.Name.Name, now.Name), null)
        : before.Then.Name is not null ? Removal(before.Then.Bucket, before.Then.Name)
        : before.Seen.Name is not null ? Removal(before.Seen.Bucket, before.Seen.Name)
        : now.IsTombstone ? new Difference(null, now.Bucket)
        : null;

    private static Difference Removal(BucketId bucket, ListedName name) => new(new NameChange(bucket, name.Name, null), null);
}
