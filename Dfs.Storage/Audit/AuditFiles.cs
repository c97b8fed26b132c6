using System.Globalization;
using System.Text;
using Dfs.Core.Trust.Audit;
using Dfs.Storage.Disk;

namespace Dfs.Storage.Audit;

/// <summary>The files of an audit log in their folder: reads and checks them, also while they are written. docs/formats/audit.md.</summary>
public static class AuditFiles
{
    public const string HeadName = "head";

    private const string Suffix = ".jsonl";

    /// <summary>Oldest first.</summary>
    public static IReadOnlyList<string> In(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*" + Suffix).Where(path => NumberOf(path) > 0).Order(StringComparer.Ordinal)]
        : [];

    public static string PathOf(string folder, long firstNumber) =>
        Path.Combine(folder, firstNumber.ToString("D19", CultureInfo.InvariantCulture) + Suffix);

    /// <summary>The number of a file's first record, by its name; 0 when it is not called so.</summary>
    public static long NumberOf(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <returns>Null when it is not there, or cannot be what it should be.</returns>
    public static AuditHead? Head(string folder)
    {
        try
        {
            return AuditHead.Parse(Encoding.ASCII.GetString(PrivateFile.Read(Path.Combine(folder, HeadName), AuditHead.BytesMax)));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The records behind a number that can be read, oldest first.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static IEnumerable<AuditRecord> Read(string folder, long after = 0)
    {
        var files = In(folder);
        var before = files.Skip(1).TakeWhile(next => NumberOf(next) <= after + 1).Count();
        foreach (var (line, _) in files.Skip(before).SelectMany(LinesOf))
        {
            if (AuditRecord.TryParse(line, out var record) && record.Number > after)
            {
                yield return record;
            }
        }
    }

    /// <summary>Follows the chain through all files.</summary>
    /// <param name="notedHash">Of a record that was noted before and must be there still; null for none.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static AuditFinding Check(string folder, string? notedHash)
    {
        // Before the files, so that what is written meanwhile is only ever more than it says.
        var head = Head(folder);
        AuditChain? chain = null;
        var (records, first, isNoted, breaks) = (0L, 0L, notedHash is null, new List<string>());
        foreach (var path in In(folder))
        {
            var lineNumber = 0;
            foreach (var (line, isWhole) in LinesOf(path))
            {
                lineNumber++;
                if (!isWhole)
                {
                    // Not answered for to anybody yet; what the head says must be there all the same.
                    continue;
                }

                if (!AuditRecord.TryParse(line, out var record))
                {
                    Break($"line {lineNumber} of {Path.GetFileName(path)} is no record");
                    continue;
                }

                first = records == 0 ? record.Number : first;
                chain ??= record.Number == 1 ? AuditChain.Empty : null;
                if (chain?.RefusalOf(record) is { Length: > 0 } refusal)
                {
                    Break(refusal);
                }

                if (record.Entry is { Via: "node", Result: "damaged" })
                {
                    Break($"record {record.Number}, at a {(record.Entry.Does == "gap" ? "gap" : "start of the node")}: {record.Entry.Subject}");
                }

                chain = new AuditChain(record.Number, AuditRecord.HashOf(line));
                if (chain.Number == head?.Last.Number && chain != head.Last)
                {
                    Break($"record {record.Number} was changed");
                }

                isNoted |= chain.Hash == notedHash;
                records++;
            }
        }

        chain ??= AuditChain.Empty;
        if (head is null && records > 0)
        {
            Break("the file 'head' is missing or damaged");
        }
        else if (head is not null && (first > head.First || (first == 0 && head.Last.Number > 0)))
        {
            Break($"the records from {head.First} on are missing");
        }

        if (head is not null && chain.Number < head.Last.Number)
        {
            Break($"the end was cut off: records {chain.Number + 1} to {head.Last.Number} are missing");
        }

        if (!isNoted)
        {
            Break($"no record has the hash {notedHash}");
        }

        return new AuditFinding(records, first, chain.Number, chain.Hash, breaks);

        void Break(string sentence)
        {
            if (breaks.Count < AuditFinding.BreaksMax)
            {
                breaks.Add(sentence);
            }
        }
    }

    /// <returns>Each line without its end; a piece of one that is too long is one that is no record.</returns>
    internal static IEnumerable<(byte[] Line, bool IsWhole)> LinesOf(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024);
        var line = new List<byte>();
        for (var next = file.ReadByte(); next >= 0; next = file.ReadByte())
        {
            if (next == '\n' || line.Count > AuditRecord.LineBytesMax)
            {
                yield return ([.. line], true);
                line.Clear();
            }
            else
            {
                line.Add((byte)next);
            }
        }

        if (line.Count > 0)
        {
            yield return ([.. line], false);
        }
    }
}

/// <summary>What a check of an audit log found.</summary>
/// <param name="Records">That can be read.</param>
/// <param name="First">Number of the oldest one; above 1 when older ones were rotated out.</param>
/// <param name="LastHash">To be noted elsewhere: who can write all files can make a chain that is whole, but not this hash again.</param>
/// <param name="Breaks">Sentences; empty when the chain is whole.</param>
public sealed record AuditFinding(long Records, long First, long Last, string LastHash, IReadOnlyList<string> Breaks)
{
    /// <summary>100 breaks are told.</summary>
    public const int BreaksMax = 100;
}
