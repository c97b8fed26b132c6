using System.Globalization;
using Dfs.Core.Manifests;
using Dfs.Gateway.S3.Access;

namespace Dfs.Gateway.S3.Requests;

/// <summary>The lock that a request asks for, in headers or in a document.</summary>
internal static class RequestedLock
{
    public const string Prefix = "x-amz-object-lock-", BypassHeader = "x-amz-bypass-governance-retention";

    private const string ModeHeader = Prefix + "mode", UntilHeader = Prefix + "retain-until-date", HoldHeader = Prefix + "legal-hold";

    /// <summary>What the headers of a put, a copy or the beginning of an upload ask for.</summary>
    /// <returns>Null for what the bucket says.</returns>
    /// <exception cref="S3Exception">The bucket has no locks, the headers are not right, or the asker may not lock.</exception>
    public static async Task<LockWish?> OfHeadersAsync(S3Call call)
    {
        var (mode, until, hold) = (call.Header(ModeHeader), call.Header(UntilHeader), call.Header(HoldHeader));
        if (mode is null && until is null && hold is null)
        {
            return null;
        }

        RequireLocks(call);
        if (mode is null != until is null)
        {
            throw new S3Exception(S3Error.InvalidArgument.Saying($"{ModeHeader} and {UntilHeader} are given together."));
        }

        await call.Access.RequireAsync(call.Bucket, "s3:PutObjectRetention", AclRight.OwnerOnly, call.Key.Name);
        return new LockWish(
            mode is null ? null : (ModeOf(mode) ?? throw new S3Exception(S3Error.InvalidArgument.Saying("Unknown wormMode directive.")), UntilOf(call, until!)),
            hold is null ? null : IsOn(hold) ?? throw new S3Exception(S3Error.InvalidArgument.Saying("A legal hold is ON or OFF.")));
    }

    /// <exception cref="S3Exception">Files of the bucket cannot be locked.</exception>
    public static void RequireLocks(S3Call call)
    {
        if (LockRule.Of(call.Settings) is null)
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying("Bucket is missing Object Lock Configuration"));
        }
    }

    /// <summary>Whether the request asks to pass over governance, and may.</summary>
    /// <exception cref="S3Exception">It may not.</exception>
    public static async Task<bool> OpensGovernanceAsync(S3Call call, string key)
    {
        if (!"true".Equals(call.Header(BypassHeader), StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        await call.Access.RequireAsync(call.Bucket, "s3:BypassGovernanceRetention", AclRight.OwnerOnly, key);
        return true;
    }

    /// <returns>Null for a word that is none.</returns>
    public static LockMode? ModeOf(string? text) => text switch
    {
        "GOVERNANCE" => LockMode.Governance,
        "COMPLIANCE" => LockMode.Compliance,
        _ => null,
    };

    public static string TextOf(LockMode mode) => mode.ToString().ToUpperInvariant();

    public static string TimeOf(long unixMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <returns>Null for a word that is none.</returns>
    public static bool? IsOn(string? text) => text switch { "ON" => true, "OFF" => false, _ => null };

    /// <exception cref="S3Exception">It is no time, or one that is past.</exception>
    public static long UntilOf(S3Call call, string? text) =>
        !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until)
            ? throw new S3Exception(S3Error.InvalidArgument.Saying("The retain until date is in ISO 8601."))
        : until <= call.Now ? throw new S3Exception(S3Error.InvalidArgument.Saying("The retain until date must be in the future!"))
        : until.ToUnixTimeMilliseconds();

    /// <summary>As it is kept with an upload until that is completed.</summary>
    public static string ToText(LockWish wish) => string.Create(
        CultureInfo.InvariantCulture, $"{(int)(wish.Term?.Mode ?? 0)} {wish.Term?.UntilUnixMs ?? 0} {(wish.IsHeld is { } held ? held ? "on" : "off" : "-")}");

    public static LockWish OfText(string text)
    {
        var words = text.Split(' ');
        var mode = (LockMode)byte.Parse(words[0], CultureInfo.InvariantCulture);
        return new LockWish(
            mode == LockMode.None ? null : (mode, long.Parse(words[1], CultureInfo.InvariantCulture)),
            words[2] switch { "on" => true, "off" => false, _ => null });
    }
}
