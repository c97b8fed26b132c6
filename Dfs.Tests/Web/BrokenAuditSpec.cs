using System.Net;
using Dfs.Gateway.Trust;
using Dfs.Storage.Audit;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Web;

/// <summary>What the administration does is not acknowledged when it cannot be noted; what is done to files is.</summary>
[Collection(WebCollection.Name)]
public sealed class BrokenAuditSpec(WebNode node)
{
    [Fact]
    public async Task A_key_is_not_made_with_success_when_the_log_cannot_take_it_and_files_go_on()
    {
        using var folder = new TempFolder();
        var ofFiles = Path.Combine(folder.Path, "changes");
        await using var log = await AuditLog.OpenAsync(new AuditLogOptions(folder.Path, 1 << 20, TimeProvider.System, static _ => { }));
        await using var changes = await AuditLog.OpenAsync(new AuditLogOptions(ofFiles, 1 << 20, TimeProvider.System, static _ => { }));
        await using var web = await node.ListenAsync(audit: new AuditTrail(log, changes, AuditLevel.Changes, new Names(), TimeProvider.System));
        (await web.LogInAsync(web.Token)).Dispose();
        using var before = await web.AskAsync(HttpMethod.Put, "/v1/file?key=noted", new StringContent("x"));
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(["start", "POST /web/login"], AuditFiles.Read(folder.Path).Select(record => record.Entry.Does));
        Assert.Equal(["start", "PUT /v1/file"], AuditFiles.Read(ofFiles).Select(record => record.Entry.Does));

        // From here on it is as after a write that failed.
        await log.DisposeAsync();
        await changes.DisposeAsync();
        using var notNoted = await web.AskAsync(HttpMethod.Post, "/v1/access-keys", new StringContent("{}", System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.InternalServerError, notNoted.StatusCode);
        using var missing = await web.AskAsync(HttpMethod.Put, "/v1/file?key=not-noted", new StringContent("x"));
        Assert.Equal(HttpStatusCode.OK, missing.StatusCode);
        using var read = await web.GetAsync("/v1/file?key=noted");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    private sealed class Names : IAuditNames
    {
        public string Seal(string ownerId, string bucket, string key) => "c2VhbGVk";

        public string? Open(string ownerId, string name) => null;
    }
}
