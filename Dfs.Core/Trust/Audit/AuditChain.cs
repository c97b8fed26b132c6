namespace Dfs.Core.Trust.Audit;

/// <summary>Where an audit log stands: the number and the hash of its last line.</summary>
public sealed record AuditChain(long Number, string Hash)
{
    public static readonly AuditChain Empty = new(0, AuditRecord.NoHash);

    /// <returns>The line that follows, without its end, and the chain behind it.</returns>
    public (byte[] Line, AuditChain Next) Append(AuditEntry entry)
    {
        var line = new AuditRecord(Number + 1, entry, Hash).Encode();
        return (line, new AuditChain(Number + 1, AuditRecord.HashOf(line)));
    }

    /// <summary>What is wrong with a line that should follow.</summary>
    /// <returns>Empty when it does.</returns>
    public string RefusalOf(AuditRecord record) =>
        record.Number > Number + 1 ? $"records {Number + 1} to {record.Number - 1} are missing"
        : record.Number <= Number ? $"record {record.Number} stands behind record {Number}"
        : record.Previous != Hash ? $"record {record.Number} does not follow the one before it: one of them was changed"
        : "";
}

/// <summary>What the file beside a log says of it, so that a cut at either end is seen: docs/formats/audit.md.</summary>
/// <param name="First">Number of the oldest record that is kept.</param>
/// <param name="Last">The last record that was durable.</param>
public sealed record AuditHead(long First, AuditChain Last)
{
    private const string Word = "dfs-audit-1";

    public const int BytesMax = 128;

    /// <summary>Always of one length, so that it is written in one piece.</summary>
    public string ToText() => FormattableString.Invariant($"{Word} {First:D19} {Last.Number:D19} {Last.Hash}\n");

    /// <returns>Null for anything but what <see cref="ToText"/> gives.</returns>
    public static AuditHead? Parse(string text)
    {
        var parts = text.Split(' ');
        return parts.Length == 4 && long.TryParse(parts[1], out var first) && long.TryParse(parts[2], out var last)
            && new AuditHead(first, new AuditChain(last, parts[3].TrimEnd('\n'))) is var head && head.Last.Hash.Length == AuditRecord.NoHash.Length && head.ToText() == text
                ? head
                : null;
    }
}
