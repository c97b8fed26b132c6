namespace Dfs.Core.Listing;

/// <summary>When an index of names is worth another file.</summary>
/// <remarks>What is not in the file is pulled again after a start; what is written is as large as the index. So a file waits for a sixteenth.</remarks>
public static class NameSaving
{
    /// <summary>1,024 rows of feeds: fewer are pulled within a second.</summary>
    public const long RowsMin = 1024;

    /// <summary>Rows of a sixteenth of the registers.</summary>
    private const int RegistersForRow = 16;

    /// <summary>Five minutes between two files, however much changes.</summary>
    public static readonly TimeSpan EveryMin = TimeSpan.FromMinutes(5);

    /// <summary>One hour, when anything has changed.</summary>
    public static readonly TimeSpan EveryMax = TimeSpan.FromHours(1);

    /// <param name="rows">Taken over since the last file.</param>
    /// <param name="registers">In the index.</param>
    /// <param name="since">Since the last file; null without one.</param>
    public static bool IsDue(long rows, long registers, TimeSpan? since) =>
        rows > 0 && (since is null || since >= EveryMax || (since >= EveryMin && rows >= Math.Max(RowsMin, registers / RegistersForRow)));
}
