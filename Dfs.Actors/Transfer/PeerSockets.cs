using System.Net;
using System.Net.Sockets;
using Dfs.Core.Transfer;

namespace Dfs.Actors.Transfer;

/// <summary>Connections to peer endpoints.</summary>
internal static class PeerSockets
{
    /// <summary>How much a socket takes that the link has not carried yet: TCP_NOTSENT_LOWAT of Linux (tcp(7)), and of macOS.</summary>
    private const int Tcp = 6, UnsentMaxOnLinux = 25, UnsentMaxOnMac = 0x201;

    /// <summary>Connects, so that what is written is seen to move where the system can do that: <see cref="SlowLinks.UnsentBytesMax"/>.</summary>
    /// <returns>The caller's to dispose.</returns>
    /// <exception cref="SocketException">Nobody listens there, or it is not reached.</exception>
    public static async Task<Socket> ConnectAsync(EndPoint peer, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            KeepLittleUnsent(socket);
            await socket.ConnectAsync(peer, cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void KeepLittleUnsent(Socket socket)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return;
        }

        try
        {
            socket.SetRawSocketOption(Tcp, OperatingSystem.IsLinux() ? UnsentMaxOnLinux : UnsentMaxOnMac, BitConverter.GetBytes(SlowLinks.UnsentBytesMax));
        }
        catch (SocketException)
        {
            // A system that does not know it, as some sandboxes: what lies in its buffers counts as sent there.
        }
    }
}
