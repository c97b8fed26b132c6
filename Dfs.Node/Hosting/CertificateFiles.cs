using System.Net.Security;
using System.Security.Cryptography;
using Dfs.Core.Primitives;
using Dfs.Node.Configuration;
using Dfs.Storage.Trust;

namespace Dfs.Node.Hosting;

/// <summary>A certificate in PEM files, which are read again when they have changed.</summary>
/// <remarks>Thread-safe. Files that cannot be used, or whose certificate has ended, leave the one before in use; that is said once for each content.</remarks>
internal sealed class CertificateFiles
{
    /// <summary>10 s: the first connection after them looks at the files.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private readonly CertificatePair _files;
    private readonly TimeProvider _time;
    private readonly Action<string> _onTrouble;
    private readonly Lock _lock = new();
    private ServerCertificate _shown;
    private Bytes32 _seen;
    private long _lookedAt;

    /// <exception cref="IOException">A file cannot be read, or others may read the key.</exception>
    /// <exception cref="CryptographicException">They do not belong together, or the certificate has ended.</exception>
    public CertificateFiles(CertificatePair files, TimeProvider time, Action<string> onTrouble)
    {
        (_files, _time, _onTrouble, _lookedAt) = (files, time, onTrouble, time.GetTimestamp());
        _seen = Content();
        _shown = Load();
    }

    /// <summary>For one connection.</summary>
    public SslStreamCertificateContext Current()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            if (_time.GetElapsedTime(_lookedAt, now) >= LookEvery)
            {
                _lookedAt = now;
                Look();
            }

            return _shown.Context;
        }
    }

    private void Look()
    {
        try
        {
            var content = Content();
            if (content != _seen)
            {
                _seen = content;
                _shown = Load();
            }
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            _onTrouble(unusable.Message);
        }
    }

    private ServerCertificate Load()
    {
        var loaded = ServerCertificate.OfFiles(_files.Certificate, _files.Key);
        return loaded.Own.NotAfter.ToUniversalTime() >= _time.GetUtcNow().UtcDateTime
            ? loaded
            : throw new CryptographicException($"The certificate in {_files.Certificate} ended at {loaded.Own.NotAfter.ToUniversalTime():u}.");
    }

    private Bytes32 Content() => new(SHA256.HashData([.. File.ReadAllBytes(_files.Certificate), 0, .. File.ReadAllBytes(_files.Key)]));
}
