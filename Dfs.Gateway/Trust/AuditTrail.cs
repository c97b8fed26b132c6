using System.Globalization;
using Dfs.Core.Trust.Audit;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.Admin;
using Dfs.Storage.Audit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dfs.Gateway.Trust;

/// <summary>Seals what files are called for the audit log, and opens it.</summary>
public interface IAuditNames
{
    /// <summary>In base64url; empty where the owner's keyring is locked or not here.</summary>
    /// <param name="key">Empty for the bucket itself.</param>
    string Seal(string ownerId, string bucket, string key);

    /// <returns>"bucket/key" or "bucket/"; null where it cannot be opened here.</returns>
    string? Open(string ownerId, string name);
}

/// <summary>Writes who did what into the audit log, for every request of a port for clients that its level asks for.</summary>
/// <remarks>
/// There are two, so that a busy store pushes out no keys and logins. What stands in that of the administration is durable before the first byte of its answer is sent; where it cannot
/// be, the answer is 500, and what would have to be written after it is refused. What is done to files goes on all the same, and is counted.
/// </remarks>
/// <param name="admin">Of level <see cref="AuditLevel.Admin"/>.</param>
/// <param name="changes">Of the levels above; null where the level asks for none.</param>
public sealed class AuditTrail(AuditLog admin, AuditLog? changes, AuditLevel level, IAuditNames names, TimeProvider time)
{
    private const string Refusal = "The audit log cannot be written, so this is not done.\n";

    /// <summary>1,000 records in an answer.</summary>
    public const int PageMax = 1000;

    /// <param name="via">"http" or "s3".</param>
    internal async Task RunAsync(string via, HttpContext http, RequestDelegate next)
    {
        var note = AuditNote.Attach(http);
        if (via == "s3")
        {
            (note.Does, note.Level) = (http.Request.Method, IsRead(http.Request) ? AuditLevel.All : AuditLevel.Changes);
        }
        else
        {
            FromRoute(http, note);
        }

        if (note.Level > level)
        {
            await next(http);
            return;
        }

        var log = note.Level > AuditLevel.Admin ? changes! : admin;
        if (log == admin && admin.IsBroken)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await http.Response.WriteAsync(Refusal);
            return;
        }

        var isWritten = false;
        http.Response.OnStarting(() => WriteAsync(http.Response.StatusCode.ToString(CultureInfo.InvariantCulture)));
        try
        {
            await next(http);
        }
        finally
        {
            // Nobody waits for the answer any more; what was done was done.
            if (http.RequestAborted.IsCancellationRequested)
            {
                await WriteAsync("broken off");
            }
        }

        async Task WriteAsync(string result)
        {
            if (isWritten)
            {
                return;
            }

            isWritten = true;
            if (note.Who is null || await AppendAsync(log, via, http, note, result))
            {
                return;
            }

            AuditMetrics.NotNoted();
            if (log == admin)
            {
                throw new IOException("The audit log cannot be written.");
            }
        }
    }

    /// <summary>From a time on, behind a record, at most <see cref="PageMax"/>; with the names that can be opened here.</summary>
    /// <param name="ofChanges">Of the other log.</param>
    /// <returns>None where there is no such log.</returns>
    public IReadOnlyList<AuditLine> Read(long sinceUnixMs, long after, bool ofChanges) => FolderOf(ofChanges) is not { } folder ? [] :
    [
        .. AuditFiles.Read(folder, after).Where(record => record.Entry.AtUnixMs >= sinceUnixMs).Take(PageMax)
            .Select(record => AuditLine.Of(record, record.Entry.Name.Length == 0 ? null : names.Open(record.Entry.Owner, record.Entry.Name))),
    ];

    /// <returns>Null where there is no such log.</returns>
    public AuditFinding? Check(string? notedHash, bool ofChanges) => FolderOf(ofChanges) is { } folder ? AuditFiles.Check(folder, notedHash) : null;

    private string? FolderOf(bool ofChanges) => (ofChanges ? changes : admin)?.Folder;

    private async Task<bool> AppendAsync(AuditLog log, string via, HttpContext http, AuditNote note, string result)
    {
        var isIn = true;
        foreach (var (does, key, partResult) in note.Parts)
        {
            isIn &= await log.AppendAsync(Entry(does, key, partResult));
        }

        return await log.AppendAsync(Entry(note.Does, note.Key, result)) && isIn;

        AuditEntry Entry(string does, string key, string ended) => AuditEntry.Create(
            time.GetUtcNow().ToUnixTimeMilliseconds(), via, note.Who!.Id, note.OwnerId, http.Connection.RemoteIpAddress?.ToString() ?? "", does,
            note.Bucket.Length > 0 ? names.Seal(note.OwnerId, note.Bucket, key) : "", note.Subject, ended);
    }

    private static void FromRoute(HttpContext http, AuditNote note)
    {
        note.Level = AuditLevel.Never;
        if (http.GetEndpoint() is not RouteEndpoint route || route.Metadata.GetMetadata<RouteAccess>() is not { } access)
        {
            return;
        }

        var pattern = route.RoutePattern.RawText ?? "";
        var query = http.Request.Query;
        note.Does = $"{http.Request.Method} {pattern}";
        note.Level = access.IsOpen ? pattern == "/web/login" ? AuditLevel.Admin : AuditLevel.Never
            : IsRead(http.Request) || pattern == "/v1/shared" ? AuditLevel.All
            : access.Verbs.HasFlag(Verbs.Admin) ? AuditLevel.Admin
            : AuditLevel.Changes;
        if (query.ContainsKey("bucket") || query.ContainsKey("key"))
        {
            (note.Bucket, note.Key) = (AdminApi.BucketOf(http), AdminApi.KeyOf(http));
        }

        // Names of snapshots are names, too; ids are not.
        note.Subject = pattern.Contains("{name}", StringComparison.Ordinal) ? "" : string.Join(' ', http.Request.RouteValues.Values.Select(value => value?.ToString()).Append(query["node"].ToString()).Where(text => text is { Length: > 0 }));
    }

    private static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
}
