using Amazon.S3;
using Amazon.S3.Model;
using Dfs.Gateway.Admin;
using Dfs.Node.Cli;
using Dfs.Storage.Audit;

namespace Dfs.Tests.Trust;

/// <summary>Who did what stands in the log before it is answered, and names are not in the clear.</summary>
public sealed class AuditTrailSpec(MatrixNode node) : IClassFixture<MatrixNode>
{
    [Fact]
    public async Task Each_way_in_leaves_a_record_that_says_who_what_and_how_it_ended()
    {
        var (id, text) = await node.NewTokenAsync(GrantTests.Set(GrantTests.One("files/told-apart:write", 0)));
        var key = await node.NewKeyAsync(GrantTests.Set(GrantTests.One("files:read,write,remove", 0)));
        using var admin = node.Connect(node.AdminToken);
        using var client = node.Connect(text);
        using var s3 = node.ConnectS3(key);

        await client.PutAsync("files", "told-apart", new StringContent("content"), default);
        Assert.Equal(("PUT /v1/file", "files/told-apart", "200"), await LastOfAsync(admin, id));
        Assert.Equal(ExitCode.NotAllowed, (await Assert.ThrowsAsync<CliException>(() => client.RemoveAsync("files", "told-apart", default))).ExitCode);
        Assert.Equal(("DELETE /v1/file", "files/told-apart", "403"), await LastOfAsync(admin, id));
        await s3.PutObjectAsync(new PutObjectRequest { BucketName = "files", Key = "told-apart", ContentBody = "x" });
        Assert.Equal(("s3:PutObject", "files/told-apart", "200"), await LastOfAsync(admin, key.AccessKey));
        await s3.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = "files", Objects = [new KeyVersion { Key = "told-apart" }, new KeyVersion { Key = "two" }] });
        Assert.Equal(
            ["files/told-apart", "files/two"],
            (await LinesAsync(admin)).Where(line => line.Who == key.AccessKey && line.Does == "s3:DeleteObject" && line.Result == "204").Select(line => line.Name).Order());
        // Nothing of what was asked is read at this level.
        await Assert.ThrowsAnyAsync<AmazonS3Exception>(() => s3.GetObjectAsync("files", "told-apart"));
        Assert.DoesNotContain(await LinesAsync(admin), line => line.Does is "s3:GetObject" or "GET /v1/audit");
        // And nobody who was not let in fills the log.
        var before = (await admin.AuditCheckAsync(null, ofChanges: true, default)).Last;
        using var stranger = node.Connect(new string('0', 64));
        Assert.Equal(ExitCode.Unauthorized, (await Assert.ThrowsAsync<CliException>(() => stranger.RemoveAsync("files", "told-apart", default))).ExitCode);
        var found = await admin.AuditCheckAsync(null, ofChanges: true, default);
        Assert.Equal((before, 0), (found.Last, found.Breaks.Count));

        var made = await admin.CreateAccessKeyAsync(new AdminKeyWish(null, null), default);
        var line = (await LinesAsync(admin, ofChanges: false))[^1];
        Assert.Equal(("admin.token", "POST /v1/access-keys", made.AccessKey, "127.0.0.1"), (line.Who, line.Does, line.Subject, line.From));

        // The administration has a log of its own, which files do not fill.
        Assert.DoesNotContain(await LinesAsync(admin, ofChanges: false), each => each.Does.Contains("file", StringComparison.Ordinal) || each.Via == "s3");
        Assert.DoesNotContain(await LinesAsync(admin), each => each.Does.Contains("access-", StringComparison.Ordinal));
        Assert.Empty((await admin.AuditCheckAsync(null, ofChanges: false, default)).Breaks);

        var all = string.Concat(AuditFiles.In(node.AuditFolder).Concat(AuditFiles.In(Path.Combine(node.AuditFolder, "changes"))).Select(ReadShared));
        Assert.Contains("s3:DeleteObject", all, StringComparison.Ordinal);
        foreach (var secret in new[] { "told-apart", text[^52..], key.Secret.Reveal(), made.SecretKey })
        {
            Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
        }
    }

    private static async Task<(string, string?, string)> LastOfAsync(NodeClient admin, string who) =>
        (await LinesAsync(admin)).Last(line => line.Who == who) is var last ? (last.Does, last.Name, last.Result) : default;

    private static async Task<IReadOnlyList<AuditLine>> LinesAsync(NodeClient admin, bool ofChanges = true) => (await admin.AuditAsync(default, 0, ofChanges, default)).Records;

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}
