using System.Net;
using System.Net.Sockets;
using Amazon.S3;
using Dfs.Client;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.Admin;
using Dfs.Gateway.Hosting;
using Dfs.Gateway.S3;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.Trust;
using Dfs.Tests.Kit;
using Dfs.Tests.S3;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dfs.Tests.Web;

/// <summary>One key, or one address, gets what it may have of a port, is told when to try again, and takes nothing from others.</summary>
[Collection(WebCollection.Name)]
public sealed class ClientLimitsSpec(WebNode node)
{
    private static readonly IPAddress Here = IPAddress.Loopback, There = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task A_token_over_its_rate_is_told_when_to_try_again_and_another_one_goes_on()
    {
        await using var web = await node.ListenAsync(limits: new ClientLimitSettings(2, 0, 0));
        using var http = ClientFrom(Here, web.Url);
        var (_, _, other) = await new AccessTokens(node.Node.Owners, TimeProvider.System)
            .CreateAsync(node.Node.Owners.Choose("").Client!, GrantSet.AllOfOwner, default);
        Assert.Equal(["address 0", "connections 0", "key 0"], await RefusedAsync(http));

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(http, web.Token)).Status);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(http, web.Token)).Status);
        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(1)), await AskAsync(http, web.Token));

        // Nobody uses up what is another's, with a wrong token neither.
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(http, other)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(http, "wrong")).Status);

        // The library, and so the command line, says that the node is busy.
        using var connection = new NodeConnection(web.Url, web.Token);
        Assert.Equal(DfsOutcome.Busy, (await Assert.ThrowsAsync<DfsException>(() => connection.Http.DownloadAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/status"), default))).Outcome);
        Assert.Equal(["address 0", "connections 0", "key 2"], await RefusedAsync(http));

        web.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(http, web.Token)).Status);
    }

    [Fact]
    public async Task An_address_over_its_rate_is_refused_whatever_it_shows_and_another_one_goes_on()
    {
        await using var web = await node.ListenAsync(limits: new ClientLimitSettings(0, 3, 0));
        using var here = ClientFrom(Here, web.Url);
        using var there = ClientFrom(There, web.Url);
        foreach (var token in new[] { "guess", "guess", web.Token })
        {
            Assert.NotEqual(HttpStatusCode.TooManyRequests, (await AskAsync(there, token)).Status);
        }

        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(1)), await AskAsync(there, web.Token));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(here, web.Token)).Status);
        Assert.Equal(["address 1", "connections 0", "key 0"], await RefusedAsync(here));
    }

    [Fact]
    public async Task An_address_has_so_many_connections_and_when_one_ends_it_may_have_another()
    {
        await using var web = await node.ListenAsync(limits: new ClientLimitSettings(0, 0, 2));
        using var here = ClientFrom(Here, web.Url);
        using var first = await ServedAsync(There, web.Url);
        using var second = await ServedAsync(There, web.Url);
        Assert.NotNull(first);
        Assert.NotNull(second);

        using var third = await ServedAsync(There, web.Url);
        Assert.Null(third);
        Assert.Equal(["address 0", "connections 1", "key 0"], await RefusedAsync(here));

        first.Dispose();
        await Processes.Eventually.HoldsAsync(
            async () =>
            {
                using var next = await ServedAsync(There, web.Url);
                return next is not null;
            },
            TimeSpan.FromSeconds(30), "the place of the connection that ended is free");
    }

    [Fact]
    public async Task Connections_that_say_nothing_keep_nobody_out_and_end_no_request()
    {
        await using var web = await node.ListenAsync();
        using var here = ClientFrom(Here, web.Url);
        var idle = new List<Socket>();
        try
        {
            // A request that is under way for as long as this takes: its body is on its way.
            using var slow = await ConnectAsync(Here, web.Url, default);
            await slow.SendAsync(System.Text.Encoding.ASCII.GetBytes($"POST /web/login HTTP/1.1\r\nHost: {web.Url.Authority}\r\nDfs-Page: login\r\nContent-Length: 2\r\n\r\n"));
            while (idle.Count < 2 * AdminHost.ConnectionsMax)
            {
                idle.Add(await ConnectAsync(Here, web.Url, default));
                // One after the other, so that who came first is known.
                if (idle.Count % 64 == 0)
                {
                    Assert.Equal(HttpStatusCode.OK, (await AskAsync(here, web.Token)).Status);
                }
            }

            Assert.True(await IsClosedAsync(idle[0]));
            Assert.False(idle[^1].Poll(0, SelectMode.SelectRead));
            await slow.SendAsync(new byte[2]);
            var answer = new byte[12];
            Assert.True(await slow.ReceiveAsync(answer) == answer.Length && answer.AsSpan().StartsWith("HTTP/1.1 4"u8));
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public void Who_has_rested_longest_makes_room_and_who_works_does_not()
    {
        var open = new OpenConnections(2);
        var ended = new List<string>();
        using var one = open.TryTake(() => ended.Add("one"))!;
        using var two = open.TryTake(() => ended.Add("two"))!;
        one.Work().Dispose();

        using var three = open.TryTake(() => ended.Add("three"))!;
        Assert.Equal(["two"], ended);
        two.Work().Dispose();
        two.Dispose();

        using var work = one.Work();
        using var another = three.Work();
        Assert.Null(open.TryTake(() => ended.Add("four")));
        another.Dispose();
        using var five = open.TryTake(() => ended.Add("five"))!;
        Assert.Equal(["two", "three"], ended);
        five.Dispose();
        Assert.NotNull(open.TryTake(() => ended.Add("six")));
        Assert.Equal(["two", "three"], ended);
    }

    [Fact]
    public async Task Over_S3_a_key_or_an_address_over_its_rate_is_told_to_slow_down_and_another_one_goes_on()
    {
        var (time, owners) = (new HandTime(), node.Node.Owners);
        var limits = new ClientLimits(new ClientLimitSettings(2, 4, 0), time);
        var keys = new AccessKeys(owners, null, time);
        var one = (await keys.CreateAsync(owners.Choose("").Client!, GrantSet.AllOfOwner, default)).Pair;
        var two = (await keys.CreateAsync(owners.Choose("").Client!, GrantSet.AllOfOwner, default)).Pair;
        var endpoint = new S3Endpoint(keys, "localhost", limits, time, NullLogger.Instance);
        await using var host = await S3Host.StartAsync(new IPEndPoint(Here, 0), endpoint, null, default, limits: limits);
        using var first = S3Cluster.Connect(host.Url, one.AccessKey, one.Secret.Reveal());
        using var second = S3Cluster.Connect(host.Url, two.AccessKey, two.Secret.Reveal());
        await first.ListBucketsAsync();
        await first.ListBucketsAsync();
        await RequireSlowDownAsync(first);
        await second.ListBucketsAsync();

        // The address has made its four requests, the refused one as well.
        await RequireSlowDownAsync(second);
        using var there = ClientFrom(There, new Uri(host.Url));
        using var nobody = await there.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, nobody.StatusCode);
        using var here = ClientFrom(Here, new Uri(host.Url));
        using var refused = await here.GetAsync("/");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (refused.StatusCode, refused.Headers.RetryAfter?.Delta));
        Assert.Contains("<Code>SlowDown</Code>", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        time.Advance(TimeSpan.FromSeconds(1));
        await first.ListBucketsAsync();
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    public void Of_IPv6_half_an_address_counts(string address, string name) => Assert.Equal(name, ClientLimits.NameOf(IPAddress.Parse(address)));

    [Fact]
    public void Without_a_setting_loopback_has_any_number_of_connections_and_others_their_part()
    {
        var places = new ConnectionPlaces(2, int.MaxValue);
        var remote = IPAddress.Parse("192.0.2.7");

        Assert.All(Enumerable.Range(0, 100), _ => Assert.True(places.TryTake(Here)));
        Assert.Equal((true, true, false), (places.TryTake(remote), places.TryTake(remote), places.TryTake(remote)));
        Assert.True(places.TryTake(IPAddress.Parse("192.0.2.8")));
        places.Free(remote);
        Assert.Equal((true, false), (places.TryTake(remote), places.TryTake(remote)));
    }

    private static async Task<bool> IsClosedAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static async Task RequireSlowDownAsync(AmazonS3Client client)
    {
        var error = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.ListBucketsAsync());
        Assert.Equal(("SlowDown", HttpStatusCode.ServiceUnavailable), (error.ErrorCode, error.StatusCode));
    }

    /// <summary>By reason, what the node counted since it listens.</summary>
    private static async Task<IEnumerable<string>> RefusedAsync(HttpClient http)
    {
        const string Prefix = "dfs_requests_refused_total{reason=\"";
        var page = await http.GetStringAsync("/metrics");
        return page.Split('\n').Where(line => line.StartsWith(Prefix, StringComparison.Ordinal)).Select(line => line[Prefix.Length..].Replace("\"}", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, TimeSpan? RetryAfter)> AskAsync(HttpClient http, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/status");
        request.Headers.Authorization = new("Bearer", token);
        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, answer.Headers.RetryAfter?.Delta);
    }

    private static HttpClient ClientFrom(IPAddress source, Uri node) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) => new NetworkStream(await ConnectAsync(source, node, cancellationToken), ownsSocket: true),
    })
    { BaseAddress = node };

    private static async Task<Socket> ConnectAsync(IPAddress source, Uri node, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(source, 0));
            await socket.ConnectAsync(IPAddress.Parse(node.Host), node.Port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <returns>A connection that was answered; null when it is closed instead, which may come before the caller knows that it is connected.</returns>
    private static async Task<Socket?> ServedAsync(IPAddress source, Uri node)
    {
        Socket? socket = null;
        try
        {
            socket = await ConnectAsync(source, node, default);
            await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes($"GET /health/live HTTP/1.1\r\nHost: {node.Authority}\r\n\r\n"));
            if (await socket.ReceiveAsync(new byte[1]) > 0)
            {
                return socket;
            }
        }
        catch (SocketException closed) when (closed.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted)
        {
        }

        socket?.Dispose();
        return null;
    }
}
