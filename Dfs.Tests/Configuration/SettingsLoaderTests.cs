using Dfs.Gateway.Hosting;
using Dfs.Node.Cli;
using Dfs.Node.Configuration;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Configuration;

public sealed class SettingsLoaderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _flags = [];
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_flag_wins_over_the_environment_and_that_over_the_file_and_that_over_the_default()
    {
        Assert.Equal(5050, Load("").Port);
        Assert.Equal(6000, Load("dfs.port = 6000").Port);

        _environment["DFS_PORT"] = "6001";
        Assert.Equal(6001, Load("dfs.port = 6000").Port);

        _flags["port"] = "6002";
        Assert.Equal(6002, Load("dfs.port = 6000").Port);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \n")]
    [InlineData("# nothing is changed\n")]
    [InlineData("dfs {\n}\n")]
    public void A_file_that_changes_nothing_may_say_nothing(string file) => Assert.Equal(5050, Load(file).Port);

    [Fact]
    public void Rates_are_megabytes_a_second_and_unlimited_by_default()
    {
        var settings = Load("");
        Assert.Equal((0, 0, 0), (settings.UploadBytesPerSecond, settings.DownloadBytesPerSecond, settings.BackgroundBytesPerSecond));

        _environment["DFS_TRANSFERS_DOWNLOAD_MB_PER_SECOND"] = "4";
        settings = Load("dfs.transfers { upload-mb-per-second = 3, background-mb-per-second = 5 }");
        Assert.Equal(
            (3_000_000, 4_000_000, 5_000_000), (settings.UploadBytesPerSecond, settings.DownloadBytesPerSecond, settings.BackgroundBytesPerSecond));
    }

    [Fact]
    public void One_key_and_one_address_are_unlimited_until_their_limits_are_set()
    {
        Assert.Equal(ClientLimitSettings.Default, Load("").ClientLimits);

        _environment["DFS_LIMITS_REQUESTS_PER_SECOND_PER_ADDRESS"] = "4";
        Assert.Equal(new ClientLimitSettings(3, 4, 5), Load("dfs.limits { requests-per-second-per-key = 3, connections-per-address = 5 }").ClientLimits);
        Assert.Throws<CliException>(() => Load("dfs.limits.requests-per-second-per-key = -1"));
        Assert.Equal(TimeSpan.FromSeconds(12), Load("").ClientLimits.AnswerWithin);
        Assert.Equal(TimeSpan.FromSeconds(30), Load("dfs.limits.answer-within-seconds = 30").ClientLimits.AnswerWithin);
        Assert.Throws<CliException>(() => Load("dfs.limits.answer-within-seconds = 4"));
    }

    [Fact]
    public void Traces_go_to_the_collector_of_the_settings_or_of_the_usual_variables_and_to_none_by_default()
    {
        Assert.Null(Load("").Trace);
        Assert.Null(Load("dfs.trace.ratio = 0.5").Trace);
        Assert.Equal(new TraceSettings(new Uri("http://one:4318/v1/traces"), false, 0.25), Load("dfs.trace { endpoint = \"http://one:4318/\", ratio = 0.25 }").Trace);
        Assert.Equal(new TraceSettings(new Uri("http://one/v1/traces"), false, 1), Load("dfs.trace.endpoint = \"http://one/v1/traces\"").Trace);

        (_environment["OTEL_EXPORTER_OTLP_ENDPOINT"], _environment["OTEL_EXPORTER_OTLP_PROTOCOL"]) = ("https://two:4317", "grpc");
        Assert.Equal(new TraceSettings(new Uri("https://two:4317"), true, 1), Load("").Trace);
        Assert.Equal(new TraceSettings(new Uri("http://one/v1/traces"), false, 1), Load("dfs.trace { endpoint = \"http://one\", protocol = http }").Trace);

        Assert.Throws<CliException>(() => Load("dfs.trace.endpoint = \"one:4318\""));
        Assert.Throws<CliException>(() => Load("dfs.trace.protocol = smoke"));
        Assert.Throws<CliException>(() => Load("dfs.trace.ratio = 1.5"));
        Assert.Throws<CliException>(() => Load("dfs.trace.ratio = -1"));
    }

    [Fact]
    public void An_empty_variable_is_none()
    {
        _environment["DFS_PORT"] = "";

        Assert.Equal(6000, Load("dfs.port = 6000").Port);
    }

    [Fact]
    public void Seeds_are_a_list_in_the_file_and_parted_by_commas_elsewhere()
    {
        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2"], Load("dfs.seeds = [\"127.0.0.1:1\", \"localhost:2\"]").Seeds);

        _environment["DFS_SEEDS"] = "127.0.0.1:3, 127.0.0.1:4,";
        Assert.Equal(["127.0.0.1:3", "127.0.0.1:4"], Load("dfs.seeds = [\"127.0.0.1:1\"]").Seeds);

        _flags["seeds"] = "127.0.0.1:5";
        Assert.Equal(["127.0.0.1:5"], Load("").Seeds);
    }

    [Fact]
    public void Without_seeds_a_node_is_its_own_and_the_other_ports_follow_the_first()
    {
        var settings = Load("dfs.port = 6000");

        Assert.Equal(["127.0.0.1:6000"], settings.Seeds);
        Assert.Equal((6001, 6002), (settings.PeerPort, settings.Http.Port));
        Assert.Equal("127.0.0.1-6000", settings.Name);
        Assert.Equal(settings.Name, settings.Zone);
    }

    [Fact]
    public void Any_free_port_means_any_free_port_for_all_three()
    {
        var settings = Load("dfs.port = 0");

        Assert.Equal((0, 0, 0), (settings.Port, settings.PeerPort, settings.Http.Port));
        Assert.Empty(settings.Seeds);
    }

    [Fact]
    public void The_keyring_lies_beside_the_data_directory_and_never_in_it()
    {
        var data = Path.Combine(_folder.Path, "disk");
        _flags["data"] = data;

        Assert.Equal(data + ".keyring", Load("").KeyringFile);

        _flags["keyring"] = Path.Combine(data, "sub", "keys");
        Refused("", "dfs.keyring (DFS_KEYRING, --keyring): it lies in the data directory; who takes the disk would have the keys.");
    }

    [Theory]
    [InlineData("port", "70000", "'70000' is not a whole number from 0 to 65535")]
    [InlineData("port", "many", "'many' is not a whole number from 0 to 65535")]
    [InlineData("bootstrap-expect", "0", "'0' is not a whole number from 1 to 100")]
    [InlineData("weight", "-1", "'-1' is not a whole number from 1 to 1000")]
    [InlineData("replication.data", "8", "'8' is not a whole number from 1 to 7")]
    [InlineData("transfers.chunks-in-flight", "65", "'65' is not a whole number from 1 to 64")]
    [InlineData("host", "nowhere", "'nowhere' is not an IP address")]
    [InlineData("host", "0.0.0.0", "0.0.0.0 is no address that peers can connect to")]
    [InlineData("trust.tls", "maybe", "'maybe' is not one of auto, on, off")]
    [InlineData("trust.remoting", "vpn", "'vpn' is not 'external'")]
    [InlineData("trust.certificate", "node.crt", "all three or not at all")]
    [InlineData("http", "5052", "'5052' is not host:port, such as 127.0.0.1:5052")]
    [InlineData("http", "0.0.0.0:80", "connections of clients to 0.0.0.0:80 have to be encrypted")]
    [InlineData("s3", "192.0.2.1:5053", "connections of clients to 192.0.2.1:5053 have to be encrypted")]
    [InlineData("client-tls.mode", "off", "'off' is not one of auto, on")]
    [InlineData("client-tls.certificate", "node.crt", "certificate and key are given both or not at all")]
    [InlineData("seeds", "127.0.0.1", "'127.0.0.1' is not host:port")]
    [InlineData("seeds", "127.0.0.1:0", "'127.0.0.1:0' has no port")]
    [InlineData("role", "spectator", "it is 'full' or 'storage'")]
    [InlineData("log", "loud", "'loud' is not one of debug, info, warning, error")]
    public void A_value_that_cannot_work_is_refused_with_every_place_that_it_may_come_from(string setting, string value, string why)
    {
        _environment["DFS_" + setting.Replace('-', '_').Replace('.', '_').ToUpperInvariant()] = value;

        var error = Refused("", why);

        Assert.StartsWith($"dfs.{setting} (DFS_", error);
        Assert.Contains($"--{setting.Replace('.', '-')}): ", error);
    }

    [Theory]
    [InlineData("", false, false)]
    [InlineData("dfs.trust.tls = on", true, false)]
    [InlineData("dfs.host = 192.0.2.1", true, false)]
    [InlineData("dfs.seeds = [\"192.0.2.1:5050\"]", true, false)]
    [InlineData("dfs.host = 192.0.2.1, dfs.trust.remoting = external", false, true)]
    [InlineData("dfs.host = 192.0.2.1, dfs.trust { remoting = external, tls = on }", true, true)]
    public void Connections_are_encrypted_unless_every_address_is_loopback_or_a_person_says_otherwise(string file, bool isTls, bool isExternal)
    {
        var trust = Load(file.Replace(", dfs", "\ndfs", StringComparison.Ordinal)).Trust;

        Assert.Equal((isTls, isExternal), (trust.IsTls, trust.IsExternal));
    }

    [Theory]
    [InlineData("", false, false)]
    [InlineData("dfs.client-tls.mode = on, dfs.trust.tls = on", true, false)]
    [InlineData("dfs.http = \"192.0.2.1:5052\", dfs.trust.tls = on", true, false)]
    [InlineData("dfs.s3 = \"[::]:5053\", dfs.client-tls { certificate = a, key = b }", false, true)]
    public void Ports_for_clients_have_TLS_off_loopback_and_where_it_is_asked_for(string file, bool isHttp, bool isS3)
    {
        var settings = Load(file.Replace(", dfs", "\ndfs", StringComparison.Ordinal));

        Assert.Equal((isHttp, isS3), (settings.ClientTls.IsFor(settings.Http), settings.S3 is { } s3 && settings.ClientTls.IsFor(s3)));
    }

    [Fact]
    public void An_address_of_the_network_without_encryption_is_refused_with_what_to_do()
    {
        var error = Refused("dfs.host = 192.0.2.1\ndfs.trust.tls = off", "192.0.2.1 is not a loopback address, and connections between nodes would not be encrypted");

        Assert.Contains("dfs.trust.remoting = external", error);
    }

    [Fact]
    public void A_name_has_at_most_63_bytes_because_a_layout_keeps_no_more()
    {
        _flags["name"] = new string('n', 63);
        Assert.Equal(63, Load("").Name.Length);

        _flags["name"] = new string('n', 64);
        Refused("", "dfs.name (DFS_NAME, --name): at most 63 bytes, not 64");

        _flags["name"] = new string('é', 32);
        Refused("", "at most 63 bytes, not 64");
    }

    [Fact]
    public void A_setting_of_the_wrong_kind_is_refused_by_its_name()
    {
        Refused("dfs.port = [1, 2]", "dfs.port (");
        Refused("dfs.seeds { a = 1 }", "dfs.seeds (");
    }

    [Fact]
    public void A_broken_file_is_refused_with_line_and_column()
    {
        var error = Refused("dfs {\n  port = 5050\n  seeds = [\"a\", \n", "");

        Assert.Matches("^.*node.hocon, line [0-9]+, column [0-9]+: .+\\.$", error);
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused_when_it_was_named()
    {
        var error = Assert.Throws<CliException>(() => SettingsLoader.Load(Path.Combine(_folder.Path, "none"), _flags, Variable));

        Assert.Equal(ExitCode.Configuration, error.ExitCode);
        Assert.StartsWith("Cannot read ", error.Message);
    }

    // The file documents the defaults, so it must have them. Its seeds are for a cluster of three on one machine.
    [Fact]
    public void The_file_at_the_root_says_what_holds_without_it()
    {
        var documented = SettingsLoader.Load(Path.Combine(SourceTree.Root, "node.hocon"), _flags, Variable);

        Assert.Equal(Load("") with { Seeds = documented.Seeds }, documented);
        Assert.Equal(3, documented.Seeds.Count);
    }

    [Fact]
    public void A_first_access_key_may_lie_in_files_both_halves_of_it()
    {
        var (access, secret) = (Path.Combine(_folder.Path, "access"), Path.Combine(_folder.Path, "secret"));
        SecretFiles.Write(access, "container-key\n");
        SecretFiles.Write(secret, "a-secret-of-a-container\nsecond line\n");

        var pair = Load($$"""dfs { s3-access-key-file = "{{access}}", s3-secret-key-file = "{{secret}}" }""").S3FirstKey!;

        Assert.Equal(("container-key", "a-secret-of-a-container"), (pair.AccessKey, pair.Secret.Reveal()));
        Assert.Contains("cannot read", Refused($$"""dfs { s3-access-key-file = "{{access}}-not-there", s3-secret-key = "a-secret-of-a-container" }""", "s3-access-key-file"), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            SecretFiles.Allow(secret, UnixFileMode.GroupRead);
            Assert.Contains("chmod 600", Refused($$"""dfs { s3-access-key-file = "{{access}}", s3-secret-key-file = "{{secret}}" }""", "s3-secret-key-file"), StringComparison.Ordinal);
        }
    }

    private NodeSettings Load(string file)
    {
        var path = Path.Combine(_folder.Path, "node.hocon");
        File.WriteAllText(path, file);
        return SettingsLoader.Load(path, _flags, Variable);
    }

    private string Refused(string file, string why)
    {
        var error = Assert.Throws<CliException>(() => Load(file));
        Assert.Equal(ExitCode.Configuration, error.ExitCode);
        Assert.Contains(why, error.Message);
        return error.Message;
    }

    private string? Variable(string name) => _environment.GetValueOrDefault(name);
}
