using System.Security.Cryptography;
using Dfs.Storage.Keyring;
using Dfs.Storage.Trust;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Trust;

public sealed class AuthorityFileTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestCluster _cluster = new();

    private string Path => System.IO.Path.Combine(_folder.Path, "authority");

    public void Dispose()
    {
        _cluster.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void An_authority_is_kept_and_never_written_over()
    {
        Assert.IsType<AuthorityOutcome.Missing>(AuthorityFile.Open(Path, ""));
        Assert.IsType<AuthorityOutcome.Created>(AuthorityFile.Create(Path, _cluster.Authority, null));
        Assert.IsType<AuthorityOutcome.AlreadyThere>(AuthorityFile.Create(Path, _cluster.Authority, null));

        using var again = Assert.IsType<AuthorityOutcome.Opened>(AuthorityFile.Open(Path, "")).Value;

        Assert.Equal(_cluster.Authority.Pin, again.Pin);
        Assert.Equal(_cluster.Authority.Certificate, again.Certificate);
        Assert.DoesNotContain(Convert.ToHexString(_cluster.Authority.ExportKey()), again.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    // docs/formats/trust.md, "Authority".
    [Fact]
    public void Its_bytes_are_those_of_the_format()
    {
        var certificate = _cluster.Authority.Certificate;
        byte[] expected =
        [
            .. "DFSA\x01"u8, 0, (byte)(certificate.Length >> 8), (byte)(certificate.Length & 0xFF), .. certificate, 0, 0, 0, 0, .. new byte[32],
            0, 32, .. _cluster.Authority.ExportKey(),
        ];

        Assert.Equal([.. expected, .. SHA256.HashData(expected)], AuthorityFile.Encode(_cluster.Authority, null, TestBytes.FreshSource(1)));
    }

    [Fact]
    public void A_passphrase_seals_it()
    {
        using var protection = new PassphraseKey("open sesame", TestBytes.From(7), PassphraseCost.RoundsMin);
        AuthorityFile.Create(Path, _cluster.Authority, protection);

        Assert.IsType<AuthorityOutcome.PassphraseNeeded>(AuthorityFile.Open(Path, ""));
        Assert.IsType<AuthorityOutcome.WrongPassphrase>(AuthorityFile.Open(Path, "open barley"));
        Assert.IsType<AuthorityOutcome.Opened>(AuthorityFile.Open(Path, "open sesame")).Value.Dispose();
        Assert.Equal(-1, File.ReadAllBytes(Path).AsSpan().IndexOf(_cluster.Authority.ExportKey()));
    }

    [Fact]
    public void A_changed_file_and_one_that_others_may_read_are_refused()
    {
        AuthorityFile.Create(Path, _cluster.Authority, null);
        var bytes = File.ReadAllBytes(Path);
        for (var at = 0; at < bytes.Length; at += 7)
        {
            var changed = bytes.ToArray();
            changed[at] ^= 0x10;
            Assert.IsType<AuthorityOutcome.Refused>(AuthorityFile.Decode(Path, changed, ""));
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.GroupRead);
            Assert.Contains("chmod 600", Assert.IsType<AuthorityOutcome.Refused>(AuthorityFile.Open(Path, "")).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_node_keeps_its_certificate_and_key_for_itself()
    {
        Directory.CreateDirectory(_folder.Path);
        var folder = new TlsFolder(_folder.Path);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issued = _cluster.Authority.Issue(
            new System.Security.Cryptography.X509Certificates.PublicKey(key), TestCluster.Node(5), Dfs.Core.Trust.NodeRole.Gateway, ["10.1.2.3", "node5.lan"], TimeProvider.System.GetUtcNow());

        Assert.False(folder.HasCertificate);
        folder.Save(issued, key, _cluster.Authority.Certificate);
        using var loaded = folder.Load();

        Assert.Equal(TestCluster.Node(5), loaded.Identity!.Replica);
        Assert.True(loaded.Own.HasPrivateKey && loaded.Own.MatchesHostname("10.1.2.3") && loaded.Own.MatchesHostname("node5.lan") && !loaded.Own.MatchesHostname("10.1.2.4"));
        var list = _cluster.Expelled(1);
        folder.SaveRevoked(list);
        Assert.Equal(list.Number, folder.LoadRevoked(loaded).Number);
        if (!OperatingSystem.IsWindows())
        {
            var node = System.IO.Path.Combine(_folder.Path, "tls", "node.pem");
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(node));
            File.SetUnixFileMode(node, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            Assert.Throws<IOException>(folder.Load);
        }
    }
}
