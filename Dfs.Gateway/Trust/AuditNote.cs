using System.Collections.Concurrent;
using Dfs.Core.Trust.Grants;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Trust;

/// <summary>What a request turns out to be about, for the audit log; filled while it is answered.</summary>
/// <remarks>There is one for each request of a port that keeps a log; who fills it does nothing where there is none.</remarks>
internal sealed class AuditNote
{
    /// <summary>"PUT /v1/file", "s3:PutObject".</summary>
    public string Does { get; set; } = "";

    /// <summary>Null while nobody was let in: then nothing is written, so that strangers cannot fill the log.</summary>
    public Principal? Who { get; set; }

    public string OwnerId { get; set; } = "";

    public string Bucket { get; set; } = "";

    public string Key { get; set; } = "";

    /// <summary>An id that is no name of a file.</summary>
    public string Subject { get; set; } = "";

    public AuditLevel Level { get; set; } = AuditLevel.All;

    /// <summary>Of a request that does many things: each, and how it ended.</summary>
    public ConcurrentQueue<(string Does, string Key, string Result)> Parts { get; } = [];

    public void Set(string does, Principal? who, string ownerId, string bucket, string key) => (Does, Who, OwnerId, Bucket, Key) = (does, who, ownerId, bucket, key);

    /// <returns>Null where no log is kept.</returns>
    public static AuditNote? Of(HttpContext http) => http.Items.TryGetValue(typeof(AuditNote), out var note) ? (AuditNote)note! : null;

    public static AuditNote Attach(HttpContext http)
    {
        var note = new AuditNote();
        http.Items[typeof(AuditNote)] = note;
        return note;
    }
}

/// <summary>How much stands in an audit log; each has what the one before has.</summary>
public enum AuditLevel
{
    Off,

    /// <summary>What runs the node and the cluster: keys, tokens, owners, invitations, expulsions, layouts, logins.</summary>
    Admin,

    /// <summary>And every change of files, buckets and shares.</summary>
    Changes,

    /// <summary>And every read.</summary>
    All,

    /// <summary>Of a request that says nothing of anybody's files, or that nobody in particular asks.</summary>
    Never,
}
