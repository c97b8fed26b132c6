using System.Net;
using System.Net.Sockets;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Dfs.Gateway.Admin;
using Dfs.Gateway.S3.Signing;
using Dfs.Node.Cli;

namespace Dfs.Tests.S3;

/// <summary>Who is let in, with which keys, and what of the keys is on disks.</summary>
public sealed class AccessKeysSpec(S3Cluster cluster) : IClassFixture<S3Cluster>
{
    [Fact]
    public async Task A_key_that_was_made_opens_every_node_until_it_is_revoked()
    {
        using var node = new NodeClient(new Uri(cluster.Nodes[1].HttpUrl), await File.ReadAllTextAsync(Path.Combine(cluster.Nodes.DataDirectoryOf(1), AdminToken.FileName)));
        var made = await node.CreateAccessKeyAsync(new AdminKeyWish(null, null), default);
        using var elsewhere = S3Cluster.Connect(cluster.Nodes[2].S3Url!, made.AccessKey, made.SecretKey);
        Assert.Contains((await elsewhere.ListBucketsAsync()).Buckets, bucket => bucket.BucketName == "files");
        Assert.Contains((await node.AccessKeysAsync(null, default)).Keys, key => key.AccessKey == made.AccessKey);
        Assert.DoesNotContain(made.SecretKey, made.ToString(), StringComparison.Ordinal);
        Assert.Empty(FilesWith(made.SecretKey));
        // The audit log tells who did what; elsewhere nobody sees which keys there are.
        Assert.DoesNotContain(FilesWith(made.AccessKey), file => Path.GetFileName(Path.GetDirectoryName(file)) != "audit");

        await node.RevokeAccessKeyAsync(made.AccessKey, default);

        using var here = S3Cluster.Connect(cluster.Nodes[1].S3Url!, made.AccessKey, made.SecretKey);
        Assert.Equal("InvalidAccessKeyId", (await Assert.ThrowsAnyAsync<AmazonS3Exception>(() => here.ListBucketsAsync())).ErrorCode);
        await Processes.Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await elsewhere.ListBucketsAsync();
                    return false;
                }
                catch (AmazonS3Exception refused)
                {
                    return refused.ErrorCode == "InvalidAccessKeyId";
                }
            },
            TimeSpan.FromSeconds(30), "the other node refuses it");
    }

    [Fact]
    public async Task Without_the_right_secret_nothing_is_answered()
    {
        using var stranger = S3Cluster.Connect(cluster.Nodes[1].S3Url!, cluster.Nodes.FirstKey.AccessKey, "not-the-secret");
        Assert.Equal("SignatureDoesNotMatch", (await Assert.ThrowsAnyAsync<AmazonS3Exception>(() => stranger.ListBucketsAsync())).ErrorCode);
        using var http = new HttpClient();
        using var unsigned = await http.GetAsync(new Uri(cluster.Nodes[1].S3Url + "/files"));
        Assert.Equal(HttpStatusCode.Forbidden, unsigned.StatusCode);
        Assert.Contains("<Code>AccessDenied</Code>", await unsigned.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_content_that_was_not_asked_for_the_connection_is_not_used_again()
    {
        var address = new Uri(cluster.Nodes[1].S3Url!);
        using var client = new TcpClient(address.Host, address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"PUT /files/k HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"));

        var (answer, buffer) = ("", new byte[4096]);
        while (!answer.Contains("</Error>", StringComparison.Ordinal) && await stream.ReadAsync(buffer) is > 0 and var count)
        {
            answer += Encoding.UTF8.GetString(buffer, 0, count);
        }

        Assert.StartsWith("HTTP/1.1 403", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        Assert.Contains("<Code>AccessDenied</Code>", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_presigned_address_needs_no_key_and_does_one_thing()
    {
        await cluster.Client.PutObjectAsync(new PutObjectRequest { BucketName = "files", Key = "shown", ContentBody = "to all" });
        var url = await cluster.Client.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = "files",
            Key = "shown",
            Verb = HttpVerb.GET,
            Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5),
            Protocol = Protocol.HTTP,
        });
        using var http = new HttpClient();

        Assert.Equal("to all", await http.GetStringAsync(new Uri(url)));
        using var deleted = await http.DeleteAsync(new Uri(url));
        Assert.Equal(HttpStatusCode.Forbidden, deleted.StatusCode);
        using var other = await http.GetAsync(new Uri(url.Replace("/shown?", "/other?", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
    }

    // As boto3 and the first AWS command line presign unless they are told otherwise.
    [Fact]
    public async Task An_address_that_is_presigned_by_version_2_does_one_thing_and_no_more()
    {
        await cluster.Client.PutObjectAsync(new PutObjectRequest { BucketName = "files", Key = "older ü", ContentBody = "to all" });
        var key = cluster.Nodes.FirstKey;
        using var http = new HttpClient();
        Uri Presigned(string method, string query = "", string contentType = "")
        {
            var expires = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 300;
            var signature = OlderSignatureClaim.Sign($"{method}\n\n{contentType}\n{expires}\n/files/older%20%C3%BC{query}", key.Secret);
            var own = $"AWSAccessKeyId={key.AccessKey}&Signature={Uri.EscapeDataString(signature)}&Expires={expires}";
            return new Uri($"{cluster.Nodes[2].S3Url}/files/older%20%C3%BC{(query.Length == 0 ? "?" : query + "&")}{own}");
        }

        Assert.Equal("to all", await http.GetStringAsync(Presigned("GET")));
        Assert.Contains("<Tagging", await http.GetStringAsync(Presigned("GET", "?tagging")), StringComparison.Ordinal);
        using var deleted = await http.DeleteAsync(Presigned("GET"));
        using var added = await http.GetAsync(new Uri(Presigned("GET") + "&attributes"));
        using var otherType = await http.PutAsync(Presigned("PUT", contentType: "text/plain; charset=utf-8"), new StringContent("new", Encoding.UTF8, "text/html"));
        using var otherList = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, Presigned("GET")) { Headers = { { "x-amz-acl", "public-read" } } });
        Assert.Equal(
            Enumerable.Repeat(HttpStatusCode.Forbidden, 4), new[] { deleted, added, otherType, otherList }.Select(answer => answer.StatusCode));

        using var put = await http.PutAsync(Presigned("PUT", contentType: "text/plain; charset=utf-8"), new StringContent("new", Encoding.UTF8, "text/plain"));
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal("new", await http.GetStringAsync(Presigned("GET")));
    }

    private IEnumerable<string> FilesWith(string text)
    {
        var needle = Encoding.UTF8.GetBytes(text);
        return Enumerable.Range(1, 3).SelectMany(number => Directory.EnumerateFiles(cluster.Nodes.DataDirectoryOf(number), "*", SearchOption.AllDirectories))
            .Where(file => Path.GetFileName(file) != "lock" && Contains(file, needle));
    }

    private static bool Contains(string path, byte[] needle)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var content = new MemoryStream();
        file.CopyTo(content);
        return content.GetBuffer().AsSpan(0, (int)content.Length).IndexOf(needle) >= 0;
    }
}
