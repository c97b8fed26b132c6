using System.Net.Sockets;
using System.Text;
using Akka.Actor;

namespace Engine.Tests.Remote;

/// <summary>What strangers do to the port must not be felt by anybody else.</summary>
public class HostilePeerTests : RemoteFixture
{
    private static async Task<TcpClient> ConnectAsync(ActorSystem system)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", AddressOf(system).Port!.Value);
        return client;
    }

    private static async Task AssertAnswersAsync(ActorSystem from, ActorSystem to) => Assert.Equal(
        "still here", await from.ActorSelection($"{AddressOf(to)}/user/echo").Ask<string>("still here", Patience));

    public static TheoryData<byte[]> Garbage => new()
    {
        Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Enumerable.Repeat((byte)0xFF, 1000).ToArray(),
        new byte[1000],
        new byte[] { 0, 0, 0, 5, 1, 2, 3, 4, 5 },
    };

    [Theory, MemberData(nameof(Garbage))]
    public async Task Garbage_disturbs_nobody(byte[] garbage)
    {
        var (a, b) = (Start("a"), Start("b"));
        Echo(b);
        await AssertAnswersAsync(a, b);

        using var stranger = await ConnectAsync(b);
        await stranger.GetStream().WriteAsync(garbage);

        await AssertAnswersAsync(a, b);
        await AssertAnswersAsync(Start("newcomer"), b);
    }

    [Fact]
    public async Task Connections_that_never_speak_disturb_nobody()
    {
        var (a, b) = (Start("a"), Start("b"));
        Echo(b);
        var mute = new List<TcpClient>();
        for (var connection = 0; connection < 1000; connection++)
        {
            mute.Add(new TcpClient());
            try
            {
                await mute[^1].ConnectAsync("127.0.0.1", AddressOf(b).Port!.Value);
            }
            catch (SocketException)
            {
                // The system may refuse them.
            }
        }

        await AssertAnswersAsync(a, b);

        mute.ForEach(client => client.Dispose());
    }
}
