using System.CommandLine;
using System.Globalization;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary>The options that say what a new access key or token opens, and for how long.</summary>
internal sealed class GrantOptions(string usual)
{
    private readonly Option<string[]> _grants = new("--grant")
    {
        Description = $"BUCKET[/PREFIX]:VERB,VERB, '*' for every bucket; repeat it; verbs: read, list, write, remove, share, manage, admin, all; {usual}",
    };

    private readonly Option<string?> _expires = new("--expires") { Description = "How long it is good: 30m, 12h, 7d; without it until it is revoked" };

    private readonly Option<bool> _readOnly = new("--read-only") { Description = "Only reading and listing: of every bucket, or of what --grant names" };

    public void AddTo(Command command)
    {
        command.Options.Add(_grants);
        command.Options.Add(_expires);
        command.Options.Add(_readOnly);
    }

    public AdminKeyWish Read(ParseResult parse) =>
        new(parse.GetValue(_grants) is { Length: > 0 } grants ? grants : null, LifetimeText.SecondsOf(parse.GetValue(_expires)), parse.GetValue(_readOnly));

    /// <summary>What a key opens, on one line.</summary>
    /// <param name="detail">Why that cannot be told; empty when it can.</param>
    public static string Line(IReadOnlyList<AdminGrant> grants, string detail) => detail.Length > 0 ? detail : string.Join("  ", grants.Select(grant =>
        grant.Expires is { } at ? string.Create(CultureInfo.InvariantCulture, $"{grant.Grant} until {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC") : grant.Grant));
}
