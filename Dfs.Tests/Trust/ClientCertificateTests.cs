using Dfs.Node.Configuration;
using Dfs.Node.Hosting;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Trust;

/// <summary>Which certificate a port for clients shows.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private readonly PemFiles _files = new();
    private readonly HandTime _time = new();
    private readonly List<string> _troubles = [];

    [Fact]
    public void Files_that_changed_are_shown_without_a_restart_and_broken_ones_are_not()
    {
        var first = _files.Issue(["localhost"]);
        var shown = new CertificateFiles(new CertificatePair(_files.Certificate, _files.Key), _time, _troubles.Add);
        Assert.Equal(first, shown.Current().TargetCertificate.SerialNumber);

        var second = _files.SelfSigned();
        Assert.Equal(first, shown.Current().TargetCertificate.SerialNumber);
        _time.Advance(CertificateFiles.LookEvery);
        Assert.Equal(second, shown.Current().TargetCertificate.SerialNumber);

        // A key that is not the certificate's, as between two copies.
        var key = File.ReadAllBytes(_files.Key);
        _files.Issue(["localhost"]);
        Dfs.Storage.Disk.PrivateFile.Replace(_files.Key, key);
        for (var look = 0; look < 3; look++)
        {
            _time.Advance(CertificateFiles.LookEvery);
            Assert.Equal(second, shown.Current().TargetCertificate.SerialNumber);
        }

        Assert.Contains("are no certificate and its private key", Assert.Single(_troubles), StringComparison.Ordinal);
        var third = _files.Issue(["localhost"]);
        _time.Advance(CertificateFiles.LookEvery);
        Assert.Equal(third, shown.Current().TargetCertificate.SerialNumber);
    }

    [Fact]
    public void One_that_has_ended_is_not_begun_with_and_a_key_that_others_may_read_is_refused()
    {
        _files.Issue(["localhost"], age: TimeSpan.FromDays(2), lifetime: TimeSpan.FromDays(1));
        var pair = new CertificatePair(_files.Certificate, _files.Key);
        Assert.Contains(" ended at ", Assert.ThrowsAny<Exception>(() => new CertificateFiles(pair, TimeProvider.System, _troubles.Add)).Message, StringComparison.Ordinal);

        if (!OperatingSystem.IsWindows())
        {
            _files.Issue(["localhost"]);
            File.SetUnixFileMode(_files.Key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            Assert.Contains("chmod 600", Assert.ThrowsAny<IOException>(() => new CertificateFiles(pair, _time, _troubles.Add)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_authoritys_own_is_made_anew_in_the_last_third_of_its_time()
    {
        var calendar = new Calendar();
        var shown = new IssuedCertificate(_files.Authority, ["localhost", "*.s3.example.org", "192.0.2.1"], calendar);
        var first = shown.Current().TargetCertificate;
        Assert.True(first.MatchesHostname("192.0.2.1") && first.MatchesHostname("bucket.s3.example.org"));

        calendar.Now += TimeSpan.FromDays(59);
        Assert.Equal(first.SerialNumber, shown.Current().TargetCertificate.SerialNumber);
        calendar.Now += TimeSpan.FromDays(2);
        var second = shown.Current().TargetCertificate;
        Assert.NotEqual(first.SerialNumber, second.SerialNumber);
        Assert.Equal(61, (second.NotAfter - first.NotAfter).TotalDays, 0.01);
    }

    public void Dispose() => _files.Dispose();

    private sealed class Calendar : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = System.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
