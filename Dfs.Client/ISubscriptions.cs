using Dfs.Core.Primitives;

namespace Dfs.Client;

/// <summary>What happens to files, for programs that act on it: stored and removed, over all nodes.</summary>
/// <remarks>
/// Thread-safe; outcomes are values. A subscriber has a name, and what it has not acknowledged comes again, from whichever node it asks next: at
/// least once, each file's changes in their order. Of several changes of a file between two readings the last one is told. Who reads with a
/// position keeps the place by itself. A subscriber that is too far behind is told to take a listing: <see cref="ChangeKind.Resync"/>.
/// </remarks>
public interface ISubscriptions
{
    /// <summary>What comes next.</summary>
    /// <param name="after">The <see cref="ChangesResult.Next"/> of the answer before; null for what the subscriber has not acknowledged, from now on for a new one.</param>
    /// <param name="countMax">At most so many, 1 to 1,000.</param>
    /// <param name="wait">How long to wait for the first, at most 30 s; the answer may be empty.</param>
    Task<ChangesResult> ReadAsync(Subscription subscription, string? after, int countMax, TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>Everything up to there was taken in: durable when this is done.</summary>
    /// <param name="position">A <see cref="ChangesResult.Next"/>.</param>
    Task<RemoveResult> AcknowledgeAsync(Subscription subscription, string position, CancellationToken cancellationToken);

    /// <summary>The subscriber's place is forgotten.</summary>
    Task<RemoveResult> EndAsync(Subscription subscription, CancellationToken cancellationToken);
}

/// <summary>Who wants to know of what.</summary>
/// <param name="Prefix">Names that begin so; empty for the whole bucket.</param>
/// <param name="Subscriber">1 to 64 letters, digits, '-', '_', '.': with bucket and prefix it names a place that is kept. Empty: none is kept.</param>
public sealed record Subscription(string Bucket, string Prefix, string Subscriber)
{
    /// <summary>1,000 of an owner: each is a small file.</summary>
    public const int SubscribersMax = 1000;

    /// <summary>64 characters.</summary>
    public const int SubscriberCharsMax = 64;

    /// <summary>Of these, only names that begin with one of them; null for all.</summary>
    public IReadOnlyList<string>? Within { get; init; }

    /// <summary>Null when it can be; else a sentence for the user.</summary>
    public string? Refusal() =>
        ObjectKey.BucketRefusal(Bucket) ?? (Subscriber.Length > SubscriberCharsMax || !Subscriber.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
            ? $"A subscriber's name has 1 to {SubscriberCharsMax} letters, digits, '-', '_' and '.'."
            : null);

    /// <summary>Whether it is about this name.</summary>
    public bool Wants(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && Within?.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) != false;
}

/// <summary>What a subscriber is told.</summary>
public enum ChangeKind
{
    /// <summary>The file has this content now.</summary>
    Stored,

    /// <summary>There is no such file any more, or its current version says that it was removed.</summary>
    Removed,

    /// <summary>
    /// It is not known any more what changed since the subscriber's position. All files follow as <see cref="Listed"/>, then
    /// <see cref="Resynced"/>: what was not among them, and was not stored meanwhile, is gone.
    /// </summary>
    Resync,

    /// <summary>The file is there, as a listing that goes on has it.</summary>
    Listed,

    /// <summary>The listing is complete; changes follow from where it began.</summary>
    Resynced,
}

/// <summary>One thing that a subscriber is told.</summary>
/// <param name="Name">Empty for <see cref="ChangeKind.Resync"/> and <see cref="ChangeKind.Resynced"/>.</param>
/// <param name="File">What is there now; null where nothing is, for a removal the delete marker where versions are kept.</param>
public sealed record FileChange(ChangeKind Kind, string Name, FileEntry? File);

/// <summary>What comes next, and where to go on once it was taken in.</summary>
public sealed record ChangesResult(DfsOutcome Outcome, IReadOnlyList<FileChange> Changes, string Next, string Detail)
{
    /// <summary>Nothing was read.</summary>
    public static ChangesResult Refused(DfsOutcome outcome, string detail) => new(outcome, [], "", detail);
}
