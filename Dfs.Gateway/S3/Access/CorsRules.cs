using System.Globalization;
using System.Text;
using System.Xml.Linq;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Access;

/// <summary>From which web pages scripts may use a bucket ("Using cross-origin resource sharing"); the browser is who heeds it.</summary>
/// <remarks>It opens nothing: who may do what is asked as ever.</remarks>
internal sealed class CorsRules
{
    /// <summary>100, as S3 has it; a bucket's settings hold fewer long ones.</summary>
    private const int RulesMax = 100;

    private static readonly string[] KnownMethods = ["GET", "PUT", "POST", "DELETE", "HEAD"];

    private readonly List<CorsRule> _rules;

    private CorsRules(List<CorsRule> rules) => _rules = rules;

    /// <exception cref="S3Exception">It has no rules, too many, or one that means nothing.</exception>
    public static CorsRules OfDocument(XElement document)
    {
        var rules = document.Children("CORSRule").Select(RuleOf).ToList();
        return rules.Count is > 0 and <= RulesMax ? new CorsRules(rules) : throw new S3Exception(S3Error.MalformedXml);
    }

    /// <summary>Of what <see cref="ToText"/> gave.</summary>
    public static CorsRules Parse(string text) => OfDocument(S3Xml.Parse(Encoding.UTF8.GetBytes(text), "CORSConfiguration"));

    public string ToText() => Encoding.UTF8.GetString(Bytes(ToElement()));

    public XElement ToElement() => Element("CORSConfiguration", _rules.Select(rule => rule.ToElement()));

    /// <summary>The first rule that lets a page of that origin send such a request.</summary>
    /// <param name="headers">That the page sets itself; of any case.</param>
    public CorsRule? Find(string origin, string method, IReadOnlyCollection<string> headers) =>
        _rules.Find(rule => rule.Methods.Contains(method) && rule.MatchingOrigin(origin) is not null && headers.All(rule.AllowsHeader));

    private static CorsRule RuleOf(XElement rule)
    {
        var found = new CorsRule(
            rule.Text("ID"), Texts(rule, "AllowedOrigin"), Texts(rule, "AllowedMethod"), Texts(rule, "AllowedHeader"), Texts(rule, "ExposeHeader"),
            rule.Text("MaxAgeSeconds") is not { } age ? null
                : int.TryParse(age, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds
                : throw new S3Exception(S3Error.MalformedXml));
        if (found.Methods.Except(KnownMethods).FirstOrDefault() is { } unknown)
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying($"Found unsupported HTTP method in CORS config: {unknown}"));
        }

        if (found.Origins.Concat(found.Headers).FirstOrDefault(text => text.Count(c => c == '*') > 1) is { } wild)
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying($"{wild} has more than one '*'."));
        }

        // Some would end a header's line.
        return found.Methods.Count > 0 && found.Origins.Count > 0 && !found.Exposed.Concat(found.Origins).Any(text => text.Any(char.IsControl))
            ? found
            : throw new S3Exception(S3Error.MalformedXml);
    }

    private static List<string> Texts(XElement rule, string name) => [.. rule.Children(name).Select(child => child.Value)];
}

/// <summary>One rule of <see cref="CorsRules"/>; origins and headers have at most one '*', for any characters.</summary>
/// <param name="MaxAgeSeconds">How long a browser may remember the answer; null for its own idea of it.</param>
internal sealed record CorsRule(
    string? Id, List<string> Origins, List<string> Methods, List<string> Headers, List<string> Exposed, int? MaxAgeSeconds)
{
    /// <returns>The origin of the rule that fits; null when none does.</returns>
    public string? MatchingOrigin(string origin) => Origins.Find(allowed => Matches(allowed, origin, StringComparison.Ordinal));

    public bool AllowsHeader(string header) => Headers.Exists(allowed => Matches(allowed, header, StringComparison.OrdinalIgnoreCase));

    public XElement ToElement() => Element("CORSRule",
    [
        Id is null ? null : Element("ID", Id), .. Origins.Select(text => Element("AllowedOrigin", text)), .. Methods.Select(text => Element("AllowedMethod", text)),
        .. Headers.Select(text => Element("AllowedHeader", text)), .. Exposed.Select(text => Element("ExposeHeader", text)),
        MaxAgeSeconds is { } age ? Element("MaxAgeSeconds", age) : null,
    ]);

    private static bool Matches(string allowed, string text, StringComparison comparison) => allowed.IndexOf('*', StringComparison.Ordinal) is var star && star < 0
        ? string.Equals(allowed, text, comparison)
        : text.Length >= allowed.Length - 1 && text.StartsWith(allowed[..star], comparison) && text.EndsWith(allowed[(star + 1)..], comparison);
}
