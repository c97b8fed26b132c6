using System.CommandLine;
using Akka.Actor;
using Dfs.Node.Configuration;
using Dfs.Node.Hosting;
using Dfs.Node.Shell;
using Dfs.Storage.Trust;
using Microsoft.Extensions.Logging;

namespace Dfs.Node.Cli;

/// <summary><c>dfs node</c>: runs one node until it is asked to stop.</summary>
public static class NodeCommand
{
    // By the setting that each one overrides; what they mean stands in node.hocon.
    private static readonly (string Setting, string Description)[] Settings =
    [
        ("name", "What people call this node; stays the same over restarts"),
        ("host", "IP address for its peers"),
        ("port", "TCP port for messages between nodes; 0 takes a free one"),
        ("peer-port", "TCP port for chunks between nodes"),
        ("http", "HOST:PORT for the command line and health checks"),
        ("s3", "HOST:PORT of the S3 endpoint; without it there is none"),
        ("s3-domain", "Hosts below it are buckets, such as BUCKET.localhost"),
        ("bootstrap-expect", "Number of nodes that form the first layout"),
        ("data", "Data directory; made when absent"),
        ("keyring", "The owner's keyring file; made when absent"),
        ("more-keyrings", "Keyring files of more owners, separated by commas"),
        ("trust.tls", "auto, on or off: mutual TLS between nodes; auto is on unless every address is loopback"),
        ("trust.remoting", "external: a VPN protects the network"),
        ("trust.authority", "The cluster's authority file, where this node is to issue certificates"),
        ("client-tls.mode", "auto or on: TLS on the ports for clients; auto has it where the address is not loopback"),
        ("client-tls.certificate", "PEM file with the certificate for clients; without it the cluster's authority makes one"),
        ("client-tls.key", "PEM file with its private key"),
        ("client-tls.names", "Host names and addresses that clients use, separated by commas, for a certificate of the authority's"),
        ("role", "What the node does: full, or storage: it holds what others store and has no keyring"),
        ("zone", "Replicas lie in different zones while there are enough"),
        ("weight", "Share of the data, 1 to 1000"),
        ("log", "debug, info, warning or error"),
    ];

    public static Command Create()
    {
        var config = new Option<string?>("--config") { Description = $"Settings file; default is {SettingsLoader.FileName} here, when there is one" };
        var seeds = new Option<string[]>("--seed") { Description = "HOST:PORT of a seed node; repeat it, in the same order on every node" };
        var flags = Settings.Select(setting => (setting.Setting, Option: new Option<string?>($"--{setting.Setting.Replace('.', '-')}") { Description = setting.Description })).ToList();
        var passphraseFile = KeysCommand.PassphraseOption();
        var console = new Option<bool>("--console") { Description = "Take commands on standard input; its end stops the node" };
        var untilInputEnds = new Option<bool>("--until-input-ends") { Description = "Stop when standard input ends", Hidden = true };
        var json = new Option<bool>("--json") { Description = "Write the log, and the console's answers, as JSON for programs, one object a line" };
        var command = new Command("node", "Run one node") { config, seeds, passphraseFile, console, untilInputEnds, json };
        flags.ForEach(flag => command.Options.Add(flag.Option));
        command.SetAction(async (parse, cancellationToken) =>
        {
            var given = flags.Where(flag => parse.GetValue(flag.Option) is not null)
                .ToDictionary(flag => flag.Setting, flag => parse.GetValue(flag.Option)!);
            if (parse.GetValue(seeds) is { Length: > 0 } list)
            {
                given["seeds"] = string.Join(',', list);
            }

            var settings = SettingsLoader.Load(parse.GetValue(config), given, Environment.GetEnvironmentVariable);
            await RunAsync(
                settings, KeyringAccess.Passphrase(parse.GetValue(passphraseFile)), parse.GetValue(console),
                parse.GetValue(untilInputEnds), parse.GetValue(json), cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task RunAsync(
        NodeSettings settings, string passphrase, bool console, bool untilInputEnds, bool asJson, CancellationToken cancellationToken)
    {
        if (console && settings.StoresOnly)
        {
            throw new CliException(ExitCode.Usage, "A node that only stores has no files for a console. Leave --console out, or start it with --role full.");
        }

        NodeOpening.RequireUsable(settings.DataDirectory);
        using var loggers = NodeLog.Create(settings.LogLevel, asJson);
        var owners = OwnersOf(settings, passphrase, asJson, loggers.CreateLogger("Node"));
        try
        {
            using var authority = AuthorityAccess.OfNode(settings, passphrase, loggers.CreateLogger("Node"));
            await RunAsync(settings, owners, authority, loggers, console, untilInputEnds, asJson, cancellationToken);
        }
        finally
        {
            owners.ForEach(owner => owner.Dispose());
        }
    }

    private static async Task RunAsync(
        NodeSettings settings, List<NodeOwner> owners, Authority? authority, ILoggerFactory loggers, bool console, bool untilInputEnds, bool asJson, CancellationToken cancellationToken)
    {
        using var traces = settings.Trace is { } trace ? TraceExport.Begin(trace, settings.Name) : null;
        await using var host = await NodeHost.StartAsync(settings, owners, loggers, cancellationToken, authority);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // The console's reader blocks its thread until there is a line.
        var asked = Task.Run(() => UntilAskedAsync(host, console, untilInputEnds, asJson, ended.Token), CancellationToken.None);
        var unusable = host.WhenUnusableAsync(ended.Token);
        try
        {
            if (await Task.WhenAny(asked, unusable) == unusable)
            {
                throw new CliException(ExitCode.DataDirectory, await unusable);
            }

            await asked;
        }
        catch (OperationCanceledException)
        {
            // Asked to stop: that is a clean end.
        }
        finally
        {
            await ended.CancelAsync();
        }

        loggers.CreateLogger("Node").LogInformation("{Name} stops", settings.Name);
    }

    private static Task UntilAskedAsync(NodeHost host, bool console, bool untilInputEnds, bool asJson, CancellationToken cancellationToken) => console
        ? RunConsoleAsync(host, asJson, cancellationToken)
        : untilInputEnds ? DrainAsync(Console.In, cancellationToken) : Task.Delay(Timeout.Infinite, cancellationToken);

    private static List<NodeOwner> OwnersOf(NodeSettings settings, string passphrase, bool asJson, ILogger log)
    {
        if (settings.StoresOnly)
        {
            return [];
        }

        // Without JSON it is said whatever the log's level is: whoever does not keep a copy may lose everything.
        Action<string>? say = asJson ? made => log.LogWarning("{Message}", made) : null;
        var owners = new List<NodeOwner> { KeyringAccess.OwnerOf(settings.KeyringFile, passphrase, makes: true, say) };
        foreach (var file in settings.MoreKeyrings)
        {
            owners.Add(KeyringAccess.OwnerOf(file, passphrase, makes: false));
            if (owners.GroupBy(owner => owner.Id).FirstOrDefault(same => same.Count() > 1) is { } same)
            {
                throw new CliException(ExitCode.Keyring, $"{string.Join(" and ", same.Select(owner => owner.KeyringFile))} are the keyring of one owner.");
            }
        }

        foreach (var owner in owners.Where(owner => owner.Session.IsLocked))
        {
            log.LogWarning("The keyring '{Name}' is locked; unlock it with: dfs keys unlock --owner {Owner}", owner.Name, owner.Name);
        }

        return owners;
    }

    private static async Task RunConsoleAsync(NodeHost host, bool asJson, CancellationToken cancellationToken)
    {
        // A system of its own: the console lives on while the node's is built anew.
        using var system = ActorSystem.Create("console");
        var actor = system.ActorOf(ConsoleActor.Props(host.Client, () => Task.FromResult(host.View.Status())), "console");
        await ConsoleLoop.RunAsync(actor, Console.In, Console.Out, prompt: !Console.IsInputRedirected, asJson, cancellationToken);
        await system.Terminate();
    }

    private static async Task DrainAsync(TextReader input, CancellationToken cancellationToken)
    {
        while (await input.ReadLineAsync(cancellationToken) is not null)
        {
            // Nothing is expected here but the end.
        }
    }
}
