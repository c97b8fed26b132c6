using System.Globalization;
using System.Net;
using Dfs.Core.Manifests;
using Dfs.Gateway.S3.Requests;
using static Dfs.Gateway.S3.S3Xml;

namespace Dfs.Gateway.S3.Operations;

/// <summary>Get/PutObjectLockConfiguration, Get/PutObjectRetention and Get/PutObjectLegalHold.</summary>
internal static class LockOperations
{
    public static async Task GetRuleAsync(S3Call call)
    {
        var rule = LockRule.Of(call.Settings) ?? throw new S3Exception(
            new S3Error("ObjectLockConfigurationNotFoundError", HttpStatusCode.NotFound, "Files of this bucket cannot be locked."));
        await call.AnswerAsync(Element("ObjectLockConfiguration",
            Element("ObjectLockEnabled", "Enabled"),
            rule.Mode == LockMode.None ? null : Element("Rule", Element("DefaultRetention",
                Element("Mode", RequestedLock.TextOf(rule.Mode)), Element(rule.IsYears ? "Years" : "Days", rule.Count)))));
    }

    public static async Task PutRuleAsync(S3Call call)
    {
        var wish = await call.XmlAsync("ObjectLockConfiguration");
        if (wish.Text("ObjectLockEnabled") != "Enabled")
        {
            throw new S3Exception(S3Error.MalformedXml);
        }

        var term = wish.Children("Rule").FirstOrDefault()?.Children("DefaultRetention").FirstOrDefault();
        var rule = term is null ? LockRule.WithoutTerm : RuleOf(term.Text("Mode"), term.Text("Days"), term.Text("Years"));
        if (call.Settings.StoresNull)
        {
            throw new S3Exception(S3Error.InvalidBucketState.Saying("Object lock needs a bucket that keeps versions."));
        }

        await call.ChangeBucketAsync(settings => settings.WithDocument(LockRule.DocumentName, rule.ToText()));
        await call.AnswerAsync();
    }

    public static async Task GetTermAsync(S3Call call)
    {
        RequestedLock.RequireLocks(call);
        await using var file = await ObjectReads.OpenAsync(call);
        if (file.Lock.Mode == LockMode.None)
        {
            throw new S3Exception(S3Error.NoSuchLock);
        }

        ObjectReads.WriteVersion(call, call.Settings, file);
        await call.AnswerAsync(Element("Retention",
            Element("Mode", RequestedLock.TextOf(file.Lock.Mode)), Element("RetainUntilDate", RequestedLock.TimeOf(file.Lock.UntilUnixMs))));
    }

    public static async Task PutTermAsync(S3Call call)
    {
        RequestedLock.RequireLocks(call);
        var wish = await call.XmlAsync("Retention");
        var (mode, until) = (wish.Text("Mode"), wish.Text("RetainUntilDate"));
        var term = mode is null && until is null
            ? (LockMode.None, 0)
            : (RequestedLock.ModeOf(mode) ?? throw new S3Exception(S3Error.MalformedXml), RequestedLock.UntilOf(call, until));
        await SetAsync(call, new LockWish(term, null), await RequestedLock.OpensGovernanceAsync(call, call.Key.Name));
    }

    public static async Task GetHoldAsync(S3Call call)
    {
        RequestedLock.RequireLocks(call);
        await using var file = await ObjectReads.OpenAsync(call);
        ObjectReads.WriteVersion(call, call.Settings, file);
        await call.AnswerAsync(Element("LegalHold", Element("Status", file.Lock.IsHeld ? "ON" : "OFF")));
    }

    public static async Task PutHoldAsync(S3Call call)
    {
        RequestedLock.RequireLocks(call);
        var wish = await call.XmlAsync("LegalHold");
        var isOn = RequestedLock.IsOn(wish.Text("Status")) ?? throw new S3Exception(S3Error.MalformedXml);
        await SetAsync(call, new LockWish(null, isOn), opensGovernance: false);
    }

    private static async Task SetAsync(S3Call call, LockWish wish, bool opensGovernance)
    {
        var version = ObjectReads.VersionOf(call.Settings, call.Target.Get("versionId"));
        var set = await call.Client.Locks.SetAsync(call.Key, version, wish, opensGovernance, call.Aborted);
        S3Outcomes.Require(set.Outcome, set.Detail, version is null ? S3Error.NoSuchKey : S3Error.NoSuchVersion);
        await call.AnswerAsync();
    }

    private static LockRule RuleOf(string? mode, string? days, string? years)
    {
        if (RequestedLock.ModeOf(mode) is not { } firmness || days is null == years is null
            || !int.TryParse(days ?? years, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count))
        {
            throw new S3Exception(S3Error.MalformedXml);
        }

        return count > 0 && count <= (days is null ? LockRule.YearsMax : LockRule.DaysMax)
            ? new LockRule(firmness, count, days is null)
            : throw new S3Exception(S3Error.InvalidRetentionPeriod);
    }
}
