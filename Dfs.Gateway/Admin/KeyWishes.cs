using System.Text.Json;
using Dfs.Core.Trust.Grants;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>What a new access key or token is to open, as requests say it, and how that is shown.</summary>
internal static class KeyWishes
{
    /// <summary>A hundred years: beyond it a date would not be one.</summary>
    private const long SecondsMax = 100L * 366 * 24 * 3600;

    private const Verbs ReadingVerbs = Verbs.Read | Verbs.List;

    /// <summary>Reads the request's body; an empty one wishes for nothing in particular.</summary>
    /// <param name="usual">When no grants are named; null when they must be.</param>
    /// <param name="now">From when on what expires is good.</param>
    /// <returns>Grants, or a sentence for the user.</returns>
    public static async Task<(GrantSet? Grants, string Refusal)> GrantsAsync(HttpContext http, GrantSet? usual, DateTimeOffset now)
    {
        AdminKeyWish? wish;
        try
        {
            wish = http.Request.ContentLength is null or 0
                ? new AdminKeyWish(null, null)
                : await JsonSerializer.DeserializeAsync(http.Request.Body, AdminJson.Default.AdminKeyWish, http.RequestAborted);
        }
        catch (JsonException)
        {
            wish = null;
        }

        return wish is null || wish.ExpiresInSeconds is <= 0 or > SecondsMax || (wish.Grants?.Any(text => text is null) ?? false)
            ? (null, "The body is not a JSON wish for a key, or its expiry is none.")
            : Of(wish, usual, wish.ExpiresInSeconds is { } seconds ? now.ToUnixTimeSeconds() + seconds : 0);
    }

    public static IReadOnlyList<AdminGrant> Show(GrantSet grants) =>
    [
        .. grants.Grants.Select(grant => new AdminGrant(
            GrantText.Of(grant), grant.ExpiresUnixSeconds == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(grant.ExpiresUnixSeconds))),
    ];

    private static (GrantSet? Grants, string Refusal) Of(AdminKeyWish wish, GrantSet? usual, long expires)
    {
        IReadOnlyList<string> texts = wish.Grants is { Count: > 0 } named ? named
            : wish.ReadOnly ? ["*:read,list"]
            : usual is not null ? [.. usual.Grants.Select(GrantText.Of)]
            : [];
        var grants = new List<Grant>();
        foreach (var text in texts)
        {
            if (!GrantText.TryParse(text, expires, out var grant, out var refusal))
            {
                return (null, refusal);
            }

            if (wish.ReadOnly && !Grant.TryCreate(grant.Bucket, grant.Prefix, grant.Verbs & ReadingVerbs, expires, out grant, out _))
            {
                return (null, $"'{text}' has nothing in it that only reads.");
            }

            grants.Add(grant);
        }

        return GrantSet.TryCreate(grants, out var set, out var bad) ? (set, "") : (null, bad);
    }
}
