using System.Globalization;

namespace Dfs.Core.Manifests;

/// <summary>Whether the files of a bucket can be locked, and how those are that say nothing themselves.</summary>
/// <remarks>Kept as a document of the bucket's settings; once there, it stays. docs/formats/s3.md.</remarks>
/// <param name="Mode">None: new versions are not locked unless their put says so.</param>
/// <param name="Count">Days, or years; zero without a mode.</param>
public sealed record LockRule(LockMode Mode, int Count, bool IsYears)
{
    /// <summary>Under this name.</summary>
    public const string DocumentName = "object-lock";

    /// <summary>A hundred years.</summary>
    public const int DaysMax = 36_500, YearsMax = 100;

    public static readonly LockRule WithoutTerm = new(LockMode.None, 0, IsYears: false);

    /// <returns>Null when files of the bucket cannot be locked.</returns>
    public static LockRule? Of(BucketSettings settings)
    {
        if (settings.Document(DocumentName) is not { } text)
        {
            return null;
        }

        var words = text.Split(' ');
        return words.Length == 3 && Enum.TryParse<LockMode>(words[0], ignoreCase: true, out var mode)
            ? new LockRule(mode, int.Parse(words[1], NumberStyles.None, CultureInfo.InvariantCulture), words[2] == "years")
            : WithoutTerm;
    }

    public string ToText() => Mode == LockMode.None
        ? "on"
        : string.Create(CultureInfo.InvariantCulture, $"{Mode.ToString().ToLowerInvariant()} {Count} {(IsYears ? "years" : "days")}");

    /// <summary>The lock of a version that is stored now.</summary>
    /// <param name="wish">What its put says; null for nothing.</param>
    /// <param name="nowUnixMs">By the clock of the node that stores it.</param>
    public VersionLock LockOf(LockWish? wish, long nowUnixMs)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(nowUnixMs);
        var until = (IsYears ? now.AddYears(Count) : now.AddDays(Count)).ToUnixTimeMilliseconds();
        var own = Mode == LockMode.None ? VersionLock.None : new VersionLock(Mode, until, IsHeld: false);
        return wish?.On(own) ?? own;
    }
}
