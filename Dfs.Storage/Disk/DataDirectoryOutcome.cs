namespace Dfs.Storage.Disk;

/// <summary>What opening a data directory came to; <see cref="Message"/> is a sentence for the person who started the node.</summary>
public abstract record DataDirectoryOutcome(string Message)
{
    /// <param name="IsUnserved">It never came to <see cref="DataDirectory.BeginServing"/>: it is new, or earlier starts were cut short before.</param>
    public sealed record Opened(DataDirectory Directory, bool IsUnserved)
        : DataDirectoryOutcome($"The data directory {Directory.Path} is open as replica {Directory.Identity.Replica}.");

    /// <param name="Holder">The process that has it, as it named itself; null when it left no name.</param>
    public sealed record InUse(string Path, string? Holder)
        : DataDirectoryOutcome($"The data directory {Path} is in use by process {Holder ?? "(unknown)"}. "
            + "Stop that one first, or give this one a directory of its own.");

    /// <param name="Found">One name in it that does not belong there.</param>
    public sealed record NotADataDirectory(string Path, string Found)
        : DataDirectoryOutcome($"{Path} is not a data directory: it holds '{Found}' but no identity. "
            + "Give an empty folder; if this one lost its identity, move its content away and let the node start anew.");

    /// <summary>The identity does not decode: the promises made under it cannot be kept.</summary>
    public sealed record Damaged(string Path)
        : DataDirectoryOutcome($"The identity of the data directory {Path} is damaged, so it must not serve under it. "
            + "Move its content away and let the node start anew; its data is repaired from the other nodes.");

    public sealed record OtherVersion(string Path, int Version)
        : DataDirectoryOutcome($"The data directory {Path} has format {Version}; this program reads format "
            + $"{DataIdentity.FormatVersion}. Use the version of the program that wrote it.");

    public sealed record Failed(string Path, string Cause)
        : DataDirectoryOutcome($"The data directory {Path} cannot be opened: {Cause}");
}
