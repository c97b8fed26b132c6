using System.Net;
using System.Security.Cryptography;
using Akka.Actor;
using Amazon.S3;
using Amazon.S3.Model;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Grants;
using Dfs.Node.Cli;
using Dfs.Node.Shell;

namespace Dfs.Tests.Trust;

/// <summary>Every verb, for everybody, through every surface: what is granted is done, and nothing else is.</summary>
/// <remarks>
/// The console has commands for files only, and S3 and the library nothing that runs a node: those cells are not there. Which verb each route and each action of S3
/// takes: <see cref="RouteAccessSpec"/>, <see cref="S3.ActionVerbsTests"/>.
/// </remarks>
public sealed class GrantsMatrixSpec(MatrixNode node) : IClassFixture<MatrixNode>
{
    private const string Bucket = ObjectKey.DefaultBucket;
    private const long Past = 1_700_000_000;

    public enum Surface
    {
        Console,
        Command,
        Page,
        Program,
        S3,
    }

    public enum Standing
    {
        Owner,
        Granted,
        NotGranted,
        Expired,
        Revoked,
    }

    private enum Answer
    {
        Done,
        NotAllowed,
        NotLetIn,
    }

    private static Verbs[] FileVerbs => [Verbs.Read, Verbs.List, Verbs.Write, Verbs.Remove];

    public static TheoryData<Surface, Verbs, Standing> Cells
    {
        get
        {
            var cells = new TheoryData<Surface, Verbs, Standing>();
            foreach (var surface in Enum.GetValues<Surface>())
            {
                Verbs[] verbs = surface switch
                {
                    Surface.Console => FileVerbs,
                    Surface.S3 or Surface.Program => [.. FileVerbs, Verbs.Share, Verbs.Manage],
                    _ => [.. FileVerbs, Verbs.Share, Verbs.Manage, Verbs.Admin],
                };
                foreach (var verb in verbs)
                {
                    foreach (var standing in Enum.GetValues<Standing>())
                    {
                        cells.Add(surface, verb, standing);
                    }
                }
            }

            return cells;
        }
    }

    [Theory, MemberData(nameof(Cells))]
    public async Task What_is_granted_is_done_and_nothing_else(Surface surface, Verbs verb, Standing standing)
    {
        var name = $"in/{RandomNumberGenerator.GetHexString(12, lowercase: true)}";
        if (verb != Verbs.Write)
        {
            await node.PutAsync(name);
        }

        var answer = surface == Surface.S3 ? await AskS3Async(verb, standing, name) : await AskAsync(surface, verb, standing, name);

        Assert.Equal(
            standing switch { Standing.Owner or Standing.Granted => Answer.Done, Standing.Revoked => Answer.NotLetIn, _ => Answer.NotAllowed }, answer);
        var isThere = (await node.Node.Client.OpenAsync(Key(name), default)).Outcome == DfsOutcome.Done;
        Assert.Equal(verb == Verbs.Write ? answer == Answer.Done : !(verb == Verbs.Remove && answer == Answer.Done), isThere);
    }

    // Who is not granted a verb has every other one, everywhere.
    private static GrantSet GrantsFor(Verbs verb, Standing standing)
    {
        var where = verb is Verbs.Admin or Verbs.Manage ? "*" : $"{Bucket}/in/";
        var others = (Grant.OwnerVerbs | Verbs.Admin) & ~verb;
        return standing switch
        {
            Standing.NotGranted => GrantTests.Set(GrantTests.One($"*:{GrantText.Of(others)}", 0)),
            Standing.Expired => GrantTests.Set(GrantTests.One($"{where}:{GrantText.Of(verb)}", Past), GrantTests.One($"*:{GrantText.Of(others)}", 0)),
            _ => GrantTests.Set(GrantTests.One($"{where}:{GrantText.Of(verb)}", 0)),
        };
    }

    private async Task<Answer> AskAsync(Surface surface, Verbs verb, Standing standing, string name)
    {
        var (id, token) = standing == Standing.Owner ? ("", node.AdminToken) : await node.NewTokenAsync(GrantsFor(verb, standing));
        using var browser = surface == Surface.Page ? await LogInAsync(token) : null;
        using var client = node.Connect(token);
        if (standing == Standing.Revoked)
        {
            // It was good, so that what is asked later is that it is not any more.
            Assert.Equal(id, (await client.AccessAsync(default)).Id);
            using var admin = node.Connect(node.AdminToken);
            await admin.RevokeTokenAsync(id, default);
        }

        return surface switch
        {
            Surface.Console => await TypeAsync(client, verb, name),
            Surface.Command => await RunAsync(client, verb, name),
            Surface.Program => await CallAsync(client.Store, verb, name),
            _ => await BrowseAsync(browser!, verb, name),
        };
    }

    private static async Task<Answer> TypeAsync(NodeClient client, Verbs verb, string name)
    {
        using var system = ActorSystem.Create("console");
        var console = system.ActorOf(ConsoleActor.Props(client.Store, () => client.StatusAsync(default)));
        var (line, done) = verb switch
        {
            Verbs.Read => ($"read,{name}", "content"),
            Verbs.List => ($"ls,{name}", $"{7,15}  {name}"),
            Verbs.Write => ($"write,{name},content", $"stored {name} (7 bytes)"),
            _ => ($"remove,{name}", $"removed {name}"),
        };
        var said = (await console.Ask<ConsoleProtocol.Answer>(new ConsoleProtocol.Line(line), TimeSpan.FromSeconds(30))).Text;
        return said == done ? Answer.Done : RefusalIn(said);
    }

    private static async Task<Answer> RunAsync(NodeClient client, Verbs verb, string name)
    {
        try
        {
            switch (verb)
            {
                case Verbs.Read: (await client.GetAsync(Bucket, name, default)).Dispose(); break;
                case Verbs.List: Assert.Equal([name], (await client.ListAsync(Bucket, new ListOptions { Prefix = name }, default)).Entries.Select(file => file.Name)); break;
                case Verbs.Write: await client.PutAsync(Bucket, name, new StringContent("content"), default); break;
                case Verbs.Remove: await client.RemoveAsync(Bucket, name, default); break;
                case Verbs.Share: await client.ShareAsync(Bucket, name, new AdminShareWish(null, null, null), default); break;
                case Verbs.Manage: await client.BucketAsync(HttpMethod.Put, NewBucket(), new Dictionary<string, string>(), default); break;
                default: await client.AccessKeysAsync(null, default); break;
            }

            return Answer.Done;
        }
        catch (CliException refused)
        {
            Assert.Equal(RefusalIn(refused.Message) == Answer.NotLetIn ? ExitCode.Unauthorized : ExitCode.NotAllowed, refused.ExitCode);
            return RefusalIn(refused.Message);
        }
    }

    private static async Task<Answer> CallAsync(IDfsClient client, Verbs verb, string name)
    {
        var key = Key(name);
        var (outcome, detail) = verb switch
        {
            Verbs.Read => await client.OpenAsync(key, default) is var opened ? (opened.Outcome, opened.Detail) : default,
            Verbs.List => await client.ListAsync(Bucket, new ListOptions { Prefix = name }, default) is var page ? (page.Outcome, page.Detail) : default,
            Verbs.Write => await client.PutAsync(key, System.IO.Pipelines.PipeReader.Create(new MemoryStream("content"u8.ToArray())), PutOptions.Default, default) is var put ? (put.Outcome, put.Detail) : default,
            Verbs.Remove => await client.RemoveAsync(key, default) is var removed ? (removed.Outcome, removed.Detail) : default,
            Verbs.Share => await client.Shares.ShareAsync(key, new ShareOptions(), default) is var shared ? (shared.Outcome, shared.Detail) : default,
            _ => await client.Buckets.CreateAsync(NewBucket(), BucketChange.None, default) is var made ? (made.Outcome, made.Detail) : default,
        };
        Assert.Contains(outcome, new[] { DfsOutcome.Done, DfsOutcome.NotAllowed });
        return outcome == DfsOutcome.Done ? Answer.Done : RefusalIn(detail);
    }

    private static async Task<Answer> BrowseAsync(HttpClient browser, Verbs verb, string name)
    {
        var file = $"bucket={Bucket}&key={Uri.EscapeDataString(name)}";
        var (method, path, body) = verb switch
        {
            Verbs.Read => (HttpMethod.Get, $"/v1/file?{file}", ""),
            Verbs.List => (HttpMethod.Get, $"/v1/files?bucket={Bucket}&prefix={Uri.EscapeDataString(name)}", ""),
            Verbs.Write => (HttpMethod.Put, $"/v1/file?{file}", "content"),
            Verbs.Remove => (HttpMethod.Delete, $"/v1/file?{file}", ""),
            Verbs.Share => (HttpMethod.Post, $"/v1/shares?{file}", "{}"),
            Verbs.Manage => (HttpMethod.Put, $"/v1/bucket?bucket={NewBucket()}", "{}"),
            _ => (HttpMethod.Get, "/v1/access-keys", ""),
        };
        using var request = new HttpRequestMessage(method, path) { Content = body.Length > 0 ? new StringContent(body) : null };
        using var answer = await browser.SendAsync(request);
        Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized });
        return answer.StatusCode switch { HttpStatusCode.OK => Answer.Done, HttpStatusCode.Forbidden => Answer.NotAllowed, _ => Answer.NotLetIn };
    }

    private async Task<HttpClient> LogInAsync(string token)
    {
        var browser = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(node.Node.HttpUrl) };
        browser.DefaultRequestHeaders.Add("Dfs-Page", "login");
        using var login = await browser.PostAsync(new Uri("/web/login", UriKind.Relative), new StringContent(token));
        Assert.Equal(HttpStatusCode.OK, login.StatusCode);
        browser.DefaultRequestHeaders.Remove("Dfs-Page");
        browser.DefaultRequestHeaders.Add("Dfs-Page", await login.Content.ReadAsStringAsync());
        return browser;
    }

    private async Task<Answer> AskS3Async(Verbs verb, Standing standing, string name)
    {
        var pair = standing == Standing.Owner ? node.FirstKey : await node.NewKeyAsync(GrantsFor(verb, standing));
        using var client = node.ConnectS3(pair);
        if (standing == Standing.Revoked)
        {
            await client.ListBucketsAsync();
            using var admin = node.Connect(node.AdminToken);
            await admin.RevokeAccessKeyAsync(pair.AccessKey, default);
        }

        try
        {
            switch (verb)
            {
                case Verbs.Read: (await client.GetObjectAsync(Bucket, name)).Dispose(); break;
                case Verbs.List: Assert.Single((await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket, Prefix = name })).S3Objects); break;
                case Verbs.Write: await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = name, ContentBody = "content" }); break;
                case Verbs.Remove: await client.DeleteObjectAsync(Bucket, name); break;
                case Verbs.Share: await client.PutObjectAclAsync(new PutObjectAclRequest { BucketName = Bucket, Key = name, ACL = S3CannedACL.PublicRead }); break;
                default: await client.PutBucketAsync(NewBucket()); break;
            }

            return Answer.Done;
        }
        catch (AmazonS3Exception refused)
        {
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            return refused.ErrorCode == "InvalidAccessKeyId" ? Answer.NotLetIn : RefusalIn(refused.Message);
        }
    }

    private static Answer RefusalIn(string said)
    {
        Assert.True(
            said.Contains("is not granted", StringComparison.Ordinal) || said.Contains("has expired", StringComparison.Ordinal)
            || said.Contains("missing or wrong", StringComparison.Ordinal), said);
        return said.Contains("missing or wrong", StringComparison.Ordinal) ? Answer.NotLetIn : Answer.NotAllowed;
    }

    private static string NewBucket() => "m-" + RandomNumberGenerator.GetHexString(16, lowercase: true);

    private static ObjectKey Key(string name) => ObjectKey.TryCreate(Bucket, name, out var key, out var refusal) ? key : throw new ArgumentException(refusal, nameof(name));
}
