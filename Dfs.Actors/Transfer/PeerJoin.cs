using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Dfs.Core.Trust;
using Dfs.Storage.Trust;

namespace Dfs.Actors.Transfer;

/// <summary>What became of an attempt to join.</summary>
public abstract record JoinOutcome
{
    /// <param name="Certificate">DER.</param>
    /// <param name="Authority">DER; the one that the invitation pins.</param>
    public sealed record Joined(byte[] Certificate, byte[] Authority) : JoinOutcome;

    /// <param name="Reason">A sentence for a person.</param>
    public sealed record Refused(string Reason) : JoinOutcome;
}

/// <summary>Asks for a node's certificate with an invitation; the asking side of a peer endpoint's join requests.</summary>
public static class PeerJoin
{
    /// <summary>In the TLS greeting instead of a host: who has no certificate yet says so, and can only ask to join.</summary>
    public const string ServerName = "join.dfs";

    public const string JoinPath = "/v1/join";

    private const int AnswerBytesMax = 8 * 1024;

    private static readonly TimeSpan CallMax = TimeSpan.FromSeconds(15);

    /// <summary>Nothing of the invitation leaves before the other side has shown the authority that is pinned, and a certificate of it.</summary>
    public static async Task<JoinOutcome> AskAsync(Invitation invitation, JoinRequest request, CancellationToken cancellation)
    {
        X509Certificate2? authority = null;
        X509Certificate2? shown = null;
        var host = invitation.Address[..Math.Max(0, invitation.Address.LastIndexOf(':'))].Trim('[', ']');
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    shown = certificate is null ? null : new X509Certificate2(certificate);
                    return shown is not null && (authority is null || IsOf(authority, shown, host));
                },
            },
        })
        { Timeout = CallMax, MaxResponseContentBufferSize = AnswerBytesMax };
        try
        {
            var url = new Uri($"https://{invitation.Address}{JoinPath}");
            using var first = await SendAsync(http, HttpMethod.Get, url, null, cancellation);
            if (first.StatusCode != HttpStatusCode.OK)
            {
                return new JoinOutcome.Refused($"{invitation.Address} does not have the authority now; make an invitation on a node that has it.");
            }

            var der = await first.Content.ReadAsByteArrayAsync(cancellation);
            authority = X509CertificateLoader.LoadCertificate(der);
            if (Authority.PinOf(authority) != invitation.Pin || shown is null || !IsOf(authority, shown, host))
            {
                return new JoinOutcome.Refused($"{invitation.Address} is not the node that made this invitation, or somebody stands between: it has another authority. Nothing was told to it.");
            }

            var encoded = request.Encode();
            byte[] body = [.. invitation.Id.ToArray(), .. invitation.Prove(encoded), .. encoded];
            using var answer = await SendAsync(http, HttpMethod.Post, url, body, cancellation);
            return answer.StatusCode == HttpStatusCode.OK
                ? new JoinOutcome.Joined(await answer.Content.ReadAsByteArrayAsync(cancellation), der)
                : new JoinOutcome.Refused(ReasonOf(answer));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException or System.Security.Cryptography.CryptographicException
            || failure is UriFormatException || (failure is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return new JoinOutcome.Refused($"{invitation.Address} cannot be asked: {failure.GetBaseException().Message}");
        }
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, HttpMethod method, Uri url, byte[]? body, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(method, url) { Content = body is null ? null : new ByteArrayContent(body) };
        // The name in the greeting is taken from here.
        request.Headers.Host = ServerName;
        return http.SendAsync(request, cancellation);
    }

    private static bool IsOf(X509Certificate2 authority, X509Certificate2 shown, string host)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        return chain.Build(shown) && shown.MatchesHostname(host);
    }

    private static string ReasonOf(HttpResponseMessage answer) =>
        Enum.TryParse<JoinVerdict>(answer.Headers.TryGetValues(PeerProtocol.RefusalHeader, out var values) ? values.First() : "", out var verdict)
            ? verdict switch
            {
                JoinVerdict.Used => "This invitation has been used; each is good once.",
                JoinVerdict.Expired => "This invitation is over; ask for a new one.",
                JoinVerdict.WrongNode => "The cluster knows this data directory already, or has expelled it, or the invitation is for another one.",
                _ => "This invitation is not known there: it was revoked, or another node made it.",
            }
            : $"The node answered {(int)answer.StatusCode}.";
}
