using System.Collections.Immutable;
using System.Text.Json;

namespace Dfs.Gateway.S3.Access;

/// <summary>What a policy says of a request.</summary>
internal enum PolicyVerdict
{
    /// <summary>Nothing.</summary>
    Silent,
    Allowed,

    /// <summary>Whatever else allows it.</summary>
    Denied,
}

/// <summary>A request as a policy looks at it.</summary>
/// <param name="Asker">An owner's id; null for a request that nobody signed.</param>
/// <param name="Action">"s3:GetObject" and so on.</param>
/// <param name="Resource">Its full name, "arn:aws:s3:::bucket/key".</param>
/// <param name="ValueOf">A value of the request that conditions compare; null when it has none.</param>
internal sealed record PolicyQuestion(string? Asker, string Action, string Resource, Func<string, string?> ValueOf);

/// <summary>A bucket's policy: statements that allow or deny actions.</summary>
/// <remarks>
/// Pure; "Policies and permissions in Amazon S3". Strict: what is not understood is refused when the policy is set, so that no policy
/// is kept that does not do what it says.
/// </remarks>
internal sealed class BucketPolicy
{
    /// <summary>20 KiB, as S3 has it; settings of a bucket as a whole have less.</summary>
    public const int BytesMax = 20 * 1024;

    private readonly ImmutableArray<PolicyStatement> _statements;

    private BucketPolicy(ImmutableArray<PolicyStatement> statements) => _statements = statements;

    /// <summary>Whether somebody who is not named may do something by it.</summary>
    public bool IsPublic => _statements.Any(statement => statement.IsPublic);

    public bool NeedsObjectTags => _statements.SelectMany(statement => statement.Conditions).Any(condition => condition.NeedsObjectTags);

    /// <summary>Reads a policy that is about one bucket.</summary>
    /// <exception cref="FormatException">It is not a policy, or has something in it that is not offered.</exception>
    public static BucketPolicy Parse(string json, string bucket)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("Statement", out var list))
            {
                throw new FormatException("Missing required field Statement.");
            }

            var statements = (list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToArray() : [list])
                .Select(statement => PolicyStatement.Parse(statement, bucket)).ToImmutableArray();
            return statements.Length > 0 ? new BucketPolicy(statements) : throw new FormatException("A policy has at least one statement.");
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // The latter for a value of another kind, and for text that is no Unicode.
            throw new FormatException("Policies must be valid JSON.", broken);
        }
    }

    public PolicyVerdict Decide(PolicyQuestion question)
    {
        var applying = _statements.Where(statement => statement.AppliesTo(question)).ToList();
        return applying.Any(statement => !statement.Allows) ? PolicyVerdict.Denied
            : applying.Count > 0 ? PolicyVerdict.Allowed
            : PolicyVerdict.Silent;
    }
}

/// <summary>One statement of a policy.</summary>
internal sealed record PolicyStatement
{
    private const string ArnPrefix = "arn:aws:s3:::";

    private static readonly string[] Members =
        ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

    public required bool Allows { get; init; }

    /// <summary>Ids, names of owners in ARNs, or "*".</summary>
    public required ImmutableArray<string> Principals { get; init; }

    /// <summary>It applies to everybody but <see cref="Principals"/>.</summary>
    public required bool ExceptPrincipals { get; init; }

    public required ImmutableArray<string> Actions { get; init; }

    public required bool ExceptActions { get; init; }

    public required ImmutableArray<string> Resources { get; init; }

    public required bool ExceptResources { get; init; }

    public required ImmutableArray<PolicyCondition> Conditions { get; init; }

    public bool IsPublic => Allows && (ExceptPrincipals || Principals.Contains("*")) && !Conditions.Any(condition => condition.IsFixed);

    /// <exception cref="FormatException">It is not one, or has something in it that is not offered.</exception>
    public static PolicyStatement Parse(JsonElement json, string bucket)
    {
        if (json.ValueKind != JsonValueKind.Object || json.EnumerateObject().FirstOrDefault(member => !Members.Contains(member.Name)) is { Value.ValueKind: not JsonValueKind.Undefined } unknown)
        {
            throw new FormatException("A statement is an object of Effect, Principal, Action, Resource and Condition.");
        }

        var effect = json.TryGetProperty("Effect", out var given) ? given.GetString() : null;
        var (principals, exceptPrincipals) = Either(json, "Principal", PrincipalsOf);
        var (actions, exceptActions) = Either(json, "Action", Texts);
        var (resources, exceptResources) = Either(json, "Resource", Texts);
        if (effect is not ("Allow" or "Deny") || (effect == "Allow" && exceptPrincipals))
        {
            throw new FormatException("A statement's effect is Allow or Deny; what is allowed names its principals.");
        }

        if (resources.Any(resource => !resource.StartsWith(ArnPrefix, StringComparison.Ordinal) || !IsAbout(resource[ArnPrefix.Length..], bucket)))
        {
            throw new FormatException("Policy has invalid resource.");
        }

        if (actions.Any(action => action != "*" && !action.StartsWith("s3:", StringComparison.OrdinalIgnoreCase)))
        {
            throw new FormatException("Policy has invalid action.");
        }

        return new PolicyStatement
        {
            Allows = effect == "Allow",
            Principals = principals,
            ExceptPrincipals = exceptPrincipals,
            Actions = actions,
            ExceptActions = exceptActions,
            Resources = resources,
            ExceptResources = exceptResources,
            Conditions = json.TryGetProperty("Condition", out var conditions) ? ConditionsOf(conditions) : [],
        };
    }

    public bool AppliesTo(PolicyQuestion question) =>
        ExceptPrincipals != Principals.Any(principal => IsPrincipal(principal, question.Asker))
        && ExceptActions != Actions.Any(action => Wildcard.Matches(action.ToLowerInvariant(), question.Action.ToLowerInvariant()))
        && ExceptResources != Resources.Any(resource => Wildcard.Matches(resource, question.Resource))
        && Conditions.All(condition => condition.Holds(question.ValueOf));

    // "*", an owner's id, arn:aws:iam::ID:root or arn:aws:iam:::user/ID.
    private static bool IsPrincipal(string principal, string? asker) =>
        principal == "*" || (asker is not null && (principal == asker || principal == $"arn:aws:iam::{asker}:root"
            || (principal.StartsWith("arn:aws:iam::", StringComparison.Ordinal) && principal.EndsWith($":user/{asker}", StringComparison.Ordinal))));

    // With a star in the bucket's name it may be about others too, whom it does not reach.
    private static bool IsAbout(string resource, string bucket)
    {
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        return Wildcard.Matches(slash < 0 ? resource : resource[..slash], bucket) || Wildcard.Matches(resource, bucket);
    }

    private static (ImmutableArray<string> Values, bool IsExcept) Either(JsonElement json, string name, Func<JsonElement, ImmutableArray<string>> parse)
    {
        var (has, hasNot) = (json.TryGetProperty(name, out var values), json.TryGetProperty("Not" + name, out var others));
        return has != hasNot ? (parse(has ? values : others), hasNot) : throw new FormatException($"A statement has either {name} or Not{name}.");
    }

    private static ImmutableArray<string> PrincipalsOf(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return Texts(json) is ["*"] all ? all : throw new FormatException("Invalid principal in policy.");
        }

        return json.EnumerateObject().All(member => member.Name is "AWS" or "CanonicalUser")
            ? [.. json.EnumerateObject().SelectMany(member => Texts(member.Value))]
            : throw new FormatException("A principal is an owner: AWS or CanonicalUser.");
    }

    private static ImmutableArray<PolicyCondition> ConditionsOf(JsonElement json) => json.ValueKind != JsonValueKind.Object
        ? throw new FormatException("A condition is an object.")
        : [.. from named in json.EnumerateObject()
              from key in named.Value.ValueKind == JsonValueKind.Object ? named.Value.EnumerateObject() : throw new FormatException("A condition is an object of objects.")
              select PolicyCondition.Create(named.Name, key.Name, Texts(key.Value))];

    private static ImmutableArray<string> Texts(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array when json.GetArrayLength() > 0 => [.. json.EnumerateArray().SelectMany(value => Texts(value))],
        JsonValueKind.String => [json.GetString()!],
        JsonValueKind.True => ["true"],
        JsonValueKind.False => ["false"],
        JsonValueKind.Number => [json.GetRawText()],
        _ => throw new FormatException("A list of texts is expected."),
    };
}
