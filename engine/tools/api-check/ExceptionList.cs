using System.Text.RegularExpressions;

namespace ApiCheck;

/// <summary>Findings that are meant to be so: lines of "pattern # reason", with * for any text.</summary>
internal sealed class ExceptionList
{
    private readonly List<(Regex Pattern, string Reason)> _entries;

    public ExceptionList(IEnumerable<string> lines) => _entries =
    [
        .. lines.Where(line => line.Trim().Length > 0 && !line.StartsWith('#')).Select(line => line.Split(" # ", 2))
            .Select(parts => parts.Length == 2
                ? (new Regex($"^{Regex.Escape(parts[0].Trim()).Replace("\\*", ".*", StringComparison.Ordinal)}$"), parts[1].Trim())
                : throw new FormatException($"an exception needs a reason after ' # ': {parts[0]}")),
    ];

    public string? ReasonFor(string finding) => _entries.Find(entry => entry.Pattern.IsMatch(finding)).Reason;
}
