using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Dfs.Client.Http;

/// <summary>Whom a client believes to be a node, at an address that begins with https.</summary>
/// <remarks>Of one handler; says afterwards why a certificate was refused, because what .NET throws does not.</remarks>
internal sealed class NodeTls
{
    public const string AuthorityVariable = "DFS_CA_FILE";

    private const string TlsServer = "1.3.6.1.5.5.7.3.1";

    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly X509Certificate2Collection _authorities = [];
    private readonly bool _isOnlyThese;
    private volatile string? _refusal;

    private NodeTls(string? file, bool isOnlyThese)
    {
        _isOnlyThese = isOnlyThese;
        if (file is not null)
        {
            Read(file);
        }
    }

    /// <summary>Believes the authorities of this machine.</summary>
    public static NodeTls OfMachine() => new(null, isOnlyThese: false);

    /// <summary>Believes the authorities of a file, and no other.</summary>
    /// <param name="file">PEM.</param>
    /// <exception cref="DfsException">It cannot be read.</exception>
    public static NodeTls Of(string file) => new(file, isOnlyThese: true);

    /// <summary>Believes the authorities of this machine, and the cluster's where the token lies beside it in a data directory, as after <c>dfs join</c>.</summary>
    /// <exception cref="DfsException">It cannot be read.</exception>
    public static NodeTls BesideToken(string? tokenFile)
    {
        var file = tokenFile is null ? "" : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(tokenFile))!, "tls", "authority.pem");
        return new NodeTls(File.Exists(file) ? file : null, isOnlyThese: false);
    }

    public SocketsHttpHandler CreateHandler() => new()
    {
        ConnectTimeout = ConnectTimeout,
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            RemoteCertificateValidationCallback = (_, shown, chain, errors) => (_refusal = RefusalOf(shown as X509Certificate2, chain, errors)) is null,
        },
    };

    /// <summary>Why there is no connection with TLS.</summary>
    /// <param name="node">Which was to be reached.</param>
    public DfsException Failure(Uri node) => _refusal is { } refusal
        ? new DfsException(DfsOutcome.NotAllowed, $"{node} is not believed: {refusal}") { Status = HttpStatusCode.Unauthorized }
        : new DfsException(DfsOutcome.Unreachable, $"{node} does not answer with TLS. Is it http://{node.Authority}?");

    private string? RefusalOf(X509Certificate2? shown, X509Chain? sent, SslPolicyErrors errors)
    {
        if (shown is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "it shows no certificate.";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"its certificate is for {string.Join(", ", NamesOf(shown))}. Use one of these in its address; more are given with dfs.client-tls.names.";
        }

        if (!_isOnlyThese && !errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            return null;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(TlsServer));
        chain.ChainPolicy.ExtraStore.AddRange(sent?.ChainPolicy.ExtraStore ?? []);
        return chain.Build(shown) ? null
            : chain.ChainStatus.All(status => status.Status == X509ChainStatusFlags.NotTimeValid)
                ? $"its certificate is for {shown.NotBefore.ToUniversalTime():u} to {shown.NotAfter.ToUniversalTime():u}, or the clock of this machine is wrong."
                : "nobody whom this program believes vouches for its certificate. Give the authority that does with --ca FILE or "
                    + $"{AuthorityVariable}; a cluster's own is tls/authority.pem in the data directory of each node.";
    }

    private static IEnumerable<string> NamesOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(
            names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())));

    private void Read(string file)
    {
        try
        {
            _authorities.ImportFromPem(File.ReadAllText(file));
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new DfsException(DfsOutcome.Failed, $"Cannot read the authority {file}: {unusable.Message}");
        }

        if (_authorities.Count == 0)
        {
            throw new DfsException(DfsOutcome.Failed, $"There is no certificate in {file}.");
        }
    }
}
