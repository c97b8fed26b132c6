using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Dfs.Core.Placement;
using Dfs.Gateway.Hosting;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.S3.Signing;
using Dfs.Gateway.Trust;
using Dfs.Node.Cli;
using Dfs.Storage.ChunkStore;
using Hocon;

namespace Dfs.Node.Configuration;

/// <summary>Makes <see cref="NodeSettings"/> of a file, the environment and flags; refuses what cannot work.</summary>
public static class SettingsLoader
{
    public const string FileName = "node.hocon";

    private static readonly string[] LogLevels = ["debug", "info", "warning", "error"];

    /// <param name="path">Null: node.hocon here, when there is one.</param>
    /// <exception cref="CliException">The file cannot be read (with line and column), or a value is out of bounds.</exception>
    public static NodeSettings Load(
        string? path, IReadOnlyDictionary<string, string> flags, Func<string, string?> environment)
    {
        var file = ReadFile(path);
        var source = new SettingsSource(file, flags, environment);
        return Create(source, file is null ? "" : AkkaOverlay.Of(file)) with { Trace = TraceSettings.Of(source, environment) };
    }

    private static NodeSettings Create(SettingsSource source, string akka)
    {
        var port = source.Number("port", 5050, 0, 65_535);
        var host = Address("host", source.Text("host") ?? "127.0.0.1");
        var seeds = (source.List("seeds") ?? []).Select(Seed).ToList();
        var name = source.Text("name") is { Length: > 0 } given ? given : $"{host}-{port}";
        var data = Path.GetFullPath(source.Text("data") is { Length: > 0 } folder ? folder : "data");
        var keyring = Path.GetFullPath(source.Text("keyring") is { Length: > 0 } ring ? ring : data + ".keyring");
        var more = (source.List("more-keyrings") ?? []).Select(Path.GetFullPath).ToList();
        RequireOutside("keyring", keyring, data);
        more.ForEach(other => RequireOutside("more-keyrings", other, data));
        RequireNames([keyring, .. more]);
        var trust = TrustOf(source, data, [host, .. seeds.Select(seed => IPEndPoint.Parse(seed).Address)]);
        RequireProtected(host, trust);
        var http = source.Text("http") is { Length: > 0 } address ? EndPoint("http", address) : new IPEndPoint(IPAddress.Loopback, port == 0 ? 0 : port + 2);
        var s3 = source.Text("s3") is { Length: > 0 } text ? EndPoint("s3", text) : null;
        var clientTls = ClientTlsOf(source, trust, http, s3);
        var log = source.Text("log") ?? "info";
        return new NodeSettings
        {
            Name = Bounded("name", name),
            Host = host,
            Trust = trust,
            Port = port,
            PeerPort = source.Number("peer-port", port == 0 ? 0 : port + 1, 0, 65_535),
            Http = http,
            S3 = s3,
            ClientTls = clientTls,
            S3Domain = source.Text("s3-domain") ?? "localhost",
            S3FirstKey = FirstKey(source),
            Seeds = seeds.Count == 0 && port > 0 ? [$"{host}:{port}"] : seeds,
            BootstrapExpect = source.Number("bootstrap-expect", 3, 1, 100),
            DataDirectory = data,
            StoreLayout = source.Text("store.layout") is { Length: > 0 } layout ? Layout(layout) : null,
            KeyringFile = keyring,
            MoreKeyrings = more.Count == 0 ? (IReadOnlyList<string>)[] : more,
            StoresOnly = StoresOnly(source, s3),
            Zone = Bounded("zone", source.Text("zone") is { Length: > 0 } zone ? zone : name),
            Weight = source.Number("weight", 100, 1, 1000),
            DataFactor = source.Number("replication.data", 3, 1, 7),
            MetadataFactor = source.Number("replication.metadata", 3, 1, 7),
            LayoutAuto = source.Switch("layout.auto", true),
            LayoutSettle = TimeSpan.FromSeconds(source.Number("layout.settle-seconds", 10, 0, 86_400)),
            LayoutDeadAfter = TimeSpan.FromHours(source.Number("layout.dead-after-hours", 24, 1, 24 * 365)),
            RetentionEvery = TimeSpan.FromSeconds(source.Number("retention.every-seconds", 3600, 1, 7 * 86_400)),
            ScrubEvery = TimeSpan.FromDays(source.Number("scrub.every-days", 30, 0, 3650)),
            ScrubBytesPerSecond = source.Number("scrub.mb-per-second", 8, 1, 100_000) * 1_000_000L,
            GarbageTrashEpochs = source.Number("gc.trash", 7, 0, 1000),
            GarbageEvery = TimeSpan.FromHours(source.Number("gc.every-hours", 24, 1, 24 * 365)),
            TransfersMax = source.Number("transfers.max", 128, 1, 10_000),
            ChunksInFlight = source.Number("transfers.chunks-in-flight", 4, 1, 64),
            UploadBytesPerSecond = source.Number("transfers.upload-mb-per-second", 0, 0, 100_000) * 1_000_000L,
            DownloadBytesPerSecond = source.Number("transfers.download-mb-per-second", 0, 0, 100_000) * 1_000_000L,
            BackgroundBytesPerSecond = source.Number("transfers.background-mb-per-second", 0, 0, 100_000) * 1_000_000L,
            ClientLimits = new ClientLimitSettings(
                source.Number("limits.requests-per-second-per-key", 0, 0, 1_000_000),
                source.Number("limits.requests-per-second-per-address", 0, 0, 1_000_000),
                source.Number("limits.connections-per-address", 0, 0, 1024))
            {
                AnswerWithin = TimeSpan.FromSeconds(source.Number("limits.answer-within-seconds", 12, 5, 3600)),
            },
            AuditLevel = source.Text("audit.level") switch
            {
                null or "" or "admin" => AuditLevel.Admin,
                "off" => AuditLevel.Off,
                "changes" => AuditLevel.Changes,
                "all" => AuditLevel.All,
                var other => throw SettingsSource.Bad("audit.level", $"'{other}' is not one of off, admin, changes, all"),
            },
            AuditSizeBytesMax = source.Number("audit.max-mb", 64, 1, 100_000) * 1_000_000L,
            AuditChangesBytesMax = source.Number("audit.changes-max-mb", 256, 1, 100_000) * 1_000_000L,
            LogLevel = LogLevels.Contains(log) ? log : throw SettingsSource.Bad("log", $"'{log}' is not one of {string.Join(", ", LogLevels)}"),
            AkkaOverlay = akka,
        };
    }

    private static bool StoresOnly(SettingsSource source, IPEndPoint? s3) => source.Text("role") switch
    {
        null or "" or "full" => false,
        "storage" => s3 is null ? true : throw SettingsSource.Bad("role", "a node that only stores has no S3 endpoint; leave s3 empty"),
        _ => throw SettingsSource.Bad("role", "it is 'full' or 'storage'"),
    };

    private static AccessKeyPair? FirstKey(SettingsSource source)
    {
        var (accessKey, secret) = (TextOrFile(source, "s3-access-key"), TextOrFile(source, "s3-secret-key"));
        if (accessKey.Length == 0 && secret.Length == 0)
        {
            return null;
        }

        return AccessKeyPair.Refusal(accessKey) is { } badKey ? throw SettingsSource.Bad("s3-access-key", badKey.TrimEnd('.'))
            : SecretAccessKey.Refusal(secret) is { } badSecret ? throw SettingsSource.Bad("s3-secret-key", badSecret.TrimEnd('.'))
            : new AccessKeyPair(accessKey, new SecretAccessKey(secret));
    }

    private static string TextOrFile(SettingsSource source, string setting) => source.Text(setting) is { Length: > 0 } text ? text
        : source.Text(setting + "-file") is { Length: > 0 } file ? FirstLine(setting + "-file", file)
        : "";

    private static string FirstLine(string setting, string path)
    {
        try
        {
            using var file = SecretFile.Open(path);
            return file.ReadLine()?.Trim() ?? "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw SettingsSource.Bad(setting, $"cannot read {path}: {error.Message.TrimEnd('.')}");
        }
    }

    private static HoconRoot? ReadFile(string? path)
    {
        if (path is null && !File.Exists(FileName))
        {
            return null;
        }

        path ??= FileName;
        try
        {
            // The parser refuses a text of nothing; a file in which nothing is changed may be empty.
            var text = File.ReadAllText(path);
            return HoconParser.Parse(string.IsNullOrWhiteSpace(text) ? "{}" : text);
        }
        catch (HoconParserException error)
        {
            throw new CliException(
                ExitCode.Configuration, $"{path}, line {error.LineNumber}, column {error.LinePosition}: {WithoutPlace(error.Message).TrimEnd('.')}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Configuration, $"Cannot read {path}: {error.Message}");
        }
    }

    // The embedded parser begins its message with the place, the other one does not.
    private static string WithoutPlace(string message) => Regex.Replace(message, @"^Line \d+, position \d+: ", "");

    // A layout keeps no more of it.
    private static string Bounded(string setting, string text) => Encoding.UTF8.GetByteCount(text) is var bytes && bytes <= LayoutMember.NameBytesMax
        ? text
        : throw SettingsSource.Bad(setting, $"at most {LayoutMember.NameBytesMax} bytes, not {bytes}");

    // Owners are told apart by the names of their files.
    private static void RequireNames(IReadOnlyList<string> keyrings)
    {
        var twice = keyrings.GroupBy(Path.GetFileNameWithoutExtension).FirstOrDefault(same => same.Count() > 1);
        if (twice is not null)
        {
            throw SettingsSource.Bad("more-keyrings", $"two keyrings are called '{twice.Key}', and owners go by that name");
        }
    }

    private static void RequireOutside(string setting, string keyring, string data)
    {
        if (keyring.StartsWith(data + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw SettingsSource.Bad(setting, "it lies in the data directory; who takes the disk would have the keys");
        }
    }

    private static StoreLayout Layout(string name) => StoreLayouts.Parse(name)
        ?? throw SettingsSource.Bad("store.layout", $"'{name}' is not one of segments, folders");

    private static IPAddress Address(string setting, string text) => text == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(text, out var address) ? address
        : throw SettingsSource.Bad(setting, $"'{text}' is not an IP address");

    private static IPEndPoint EndPoint(string setting, string text) =>
        IPEndPoint.TryParse(text.Replace("localhost", "127.0.0.1", StringComparison.Ordinal), out var address) && text.Contains(':', StringComparison.Ordinal)
            ? address
            : throw SettingsSource.Bad(setting, $"'{text}' is not host:port, such as 127.0.0.1:5052");

    private static TrustSettings TrustOf(SettingsSource source, string data, IEnumerable<IPAddress> addresses)
    {
        var isExternal = source.Text("trust.remoting") switch
        {
            null or "" => false,
            "external" => true,
            var text => throw SettingsSource.Bad("trust.remoting", $"'{text}' is not 'external', which says that a VPN or the like protects the network"),
        };
        var isTls = source.Text("trust.tls") switch
        {
            null or "" or "auto" => !isExternal && !addresses.All(IPAddress.IsLoopback),
            "on" => true,
            "off" => false,
            var text => throw SettingsSource.Bad("trust.tls", $"'{text}' is not one of auto, on, off"),
        };
        var authority = Path.GetFullPath(source.Text("trust.authority") is { Length: > 0 } file ? file : data + ".authority");
        RequireOutside("trust.authority", authority, data);
        string?[] own = [source.Text("trust.certificate"), source.Text("trust.key"), source.Text("trust.ca")];
        return own.Count(string.IsNullOrEmpty) switch
        {
            3 => new TrustSettings(isTls, isExternal, authority, null),
            0 => new TrustSettings(isTls, isExternal, authority, new OrganisationFiles(Path.GetFullPath(own[0]!), Path.GetFullPath(own[1]!), Path.GetFullPath(own[2]!))),
            _ => throw SettingsSource.Bad("trust.certificate", "certificate, key and ca of an organisation's authority are given all three or not at all"),
        };
    }

    private static void RequireProtected(IPAddress host, TrustSettings trust)
    {
        if (host.Equals(IPAddress.Any) || host.Equals(IPAddress.IPv6Any))
        {
            throw SettingsSource.Bad("host", $"{host} is no address that peers can connect to; give the one of this machine");
        }

        if (!IPAddress.IsLoopback(host) && !trust.IsTls && !trust.IsExternal)
        {
            throw SettingsSource.Bad(
                "host", $"{host} is not a loopback address, and connections between nodes would not be encrypted. Leave dfs.trust.tls at auto, "
                + "or say with dfs.trust.remoting = external that a VPN protects the network");
        }
    }

    private static ClientTlsSettings ClientTlsOf(SettingsSource source, TrustSettings trust, IPEndPoint http, IPEndPoint? s3)
    {
        var isAlways = source.Text("client-tls.mode") switch
        {
            null or "" or "auto" => false,
            "on" => true,
            var text => throw SettingsSource.Bad("client-tls.mode", $"'{text}' is not one of auto, on"),
        };
        var files = (Certificate: source.Text("client-tls.certificate") ?? "", Key: source.Text("client-tls.key") ?? "") switch
        {
            ("", "") => null,
            ({ Length: > 0 } certificate, { Length: > 0 } key) => new CertificatePair(Path.GetFullPath(certificate), Path.GetFullPath(key)),
            _ => throw SettingsSource.Bad("client-tls.certificate", "certificate and key are given both or not at all"),
        };
        var tls = new ClientTlsSettings(isAlways, files, source.List("client-tls.names") is { Count: > 0 } names ? names : (IReadOnlyList<string>)[]);
        foreach (var (setting, port) in new[] { ("http", http), ("s3", s3) })
        {
            if (port is not null && tls.IsFor(port) && files is null && !trust.IsTls)
            {
                throw SettingsSource.Bad(
                    setting, $"connections of clients to {port} have to be encrypted, and there is no certificate for it. Give one with dfs.client-tls.certificate and key, "
                    + "or let the cluster have an authority (dfs.trust.tls = on), or use a loopback address");
            }
        }

        return tls;
    }

    private static string Seed(string text)
    {
        var seed = EndPoint("seeds", text);
        return seed.Port > 0 ? seed.ToString() : throw SettingsSource.Bad("seeds", $"'{text}' has no port");
    }
}
