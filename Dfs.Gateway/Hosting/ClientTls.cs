using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Dfs.Gateway.Hosting;

/// <summary>TLS 1.2 and 1.3 on a port for clients; clients show no certificates.</summary>
/// <param name="certificate">Asked for each connection, so that a renewed one is shown from the next one on.</param>
public sealed class ClientTls(Func<SslStreamCertificateContext> certificate)
{
    /// <summary>10 s for a handshake, and before it for the first byte.</summary>
    public static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(10);

    private const string Sentence = "This port is encrypted: its address begins with https://.\n";

    private static readonly byte[] PlainAnswer = Encoding.ASCII.GetBytes(
        $"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: {Sentence.Length}\r\n\r\n{Sentence}");

    internal void Secure(ListenOptions listen)
    {
        listen.Use(next => connection => AnswerPlainAsync(connection, next));
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakeMax,
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificate(),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http11],
                AllowRenegotiation = false,
            }),
        });
    }

    // Who forgot the "s" is told so, instead of a connection that breaks off. A TLS record never begins with a letter, a method always does.
    private static async Task AnswerPlainAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        patience.CancelAfter(HandshakeMax);
        bool isPlain;
        try
        {
            var read = await connection.Transport.Input.ReadAsync(patience.Token);
            isPlain = !read.Buffer.IsEmpty && char.IsAsciiLetter((char)read.Buffer.FirstSpan[0]);
            connection.Transport.Input.AdvanceTo(read.Buffer.Start);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            return;
        }

        if (isPlain)
        {
            await connection.Transport.Output.WriteAsync(PlainAnswer, CancellationToken.None);
        }
        else
        {
            await next(connection);
        }
    }
}
