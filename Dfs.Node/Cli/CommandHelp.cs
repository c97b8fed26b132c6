using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Dfs.Node.Cli;

/// <summary>What <c>--help</c> says below the options: examples, and what the command ends with.</summary>
internal sealed class CommandHelp(HelpAction usual) : SynchronousCommandLineAction
{
    private const string OfEvery = "0 done, 1 failed, 2 wrong command";
    private const string OfNodes = OfEvery + ", 3 not found, 4 no node answers, 5 wrong token, 6 try again, 13 may have taken effect";

    /// <summary>What commands end with that begin a node or open what lies on this machine, behind what every one does.</summary>
    private static readonly Dictionary<string, string> LocalCodes = new(StringComparer.Ordinal)
    {
        ["up"] = ", 6 not ready in time, 7 wrong setting, 8 port in use, 9 data directory, 11 keyring",
        ["node"] = ", 7 wrong setting, 8 port in use, 9 data directory, 11 keyring",
        ["verify"] = ", 9 no directory of a stopped node, 12 damage found",
        ["convert"] = ", 9 no directory of a stopped node, 10 disk full",
        ["keys create"] = ", 11 keyring",
        ["keys show"] = ", 11 keyring",
        ["keys passphrase"] = ", 11 keyring",
        ["keys export"] = ", 11 keyring",
        ["keys import"] = ", 11 keyring",
    };

    /// <summary>By the words of the command.</summary>
    internal static readonly IReadOnlyDictionary<string, string[]> Examples = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["up"] = ["dfs up --nodes 3 --data cluster --base-port 5050"],
        ["node"] = ["dfs node --port 5050 --name node-1 --data cluster/node-1 --keyring cluster/keyring --seed 127.0.0.1:5050"],
        ["console"] = ["dfs console --node http://127.0.0.1:5052 --token-file cluster/node-1/admin.token"],
        ["put"] = ["dfs put film.mkv", "dfs put film.mkv films/film --resume --limit-rate 10MB/s", "dfs put -r Pictures backup/2026", "dfs put 'Pictures/**/*.jpg' photos/", "tar c src | dfs put - src.tar"],
        ["get"] = ["dfs get films/film film.mkv", "dfs get films/film - --range 0-1048575", "dfs get -r backup/2026 restored", "dfs get 'photos/*.jpg' here"],
        ["ls"] = ["dfs ls photos/ --delimiter /", "dfs ls --json --bucket papers"],
        ["rm"] = ["dfs rm films/film", "dfs rm -r backup/2026", "dfs rm 'photos/*.tmp' --yes"],
        ["cp"] = ["dfs cp films/film films/film.old", "dfs cp -r photos/2026 kept/2026", "dfs cp 'photos/*.jpg' best/ --to-bucket album"],
        ["sync"] = ["dfs sync Pictures dfs:photos", "dfs sync dfs:photos restored", "dfs sync Pictures dfs:photos --delete --dry-run"],
        ["watch"] = ["dfs watch Pictures photos --delete", "dfs watch Pictures photos --settle 5s --every 1m"],
        ["subscribe"] = ["dfs subscribe photos/ --name thumbnails --json", "dfs subscribe"],
        ["versions"] = ["dfs versions draft.odt --max 10"],
        ["restore"] = ["dfs restore draft.odt --version 0f3c9a6be1d24c7fb5a80e917d3f6a21"],
        ["diff"] = ["dfs diff draft.odt"],
        ["bucket list"] = ["dfs bucket list --json"],
        ["bucket show"] = ["dfs bucket show photos"],
        ["bucket create"] = ["dfs bucket create photos versioned=on keep-last=10"],
        ["bucket set"] = ["dfs bucket set photos keep-for=30d compression=brotli"],
        ["bucket remove"] = ["dfs bucket remove photos"],
        ["bucket snapshot list"] = ["dfs bucket snapshot list photos"],
        ["bucket snapshot create"] = ["dfs bucket snapshot create photos before-cleaning"],
        ["bucket snapshot rm"] = ["dfs bucket snapshot rm photos before-cleaning"],
        ["bucket snapshot restore"] = ["dfs bucket snapshot restore photos before-cleaning"],
        ["share"] = ["dfs share film.mkv --expires 7d", "dfs share film.mkv --list", "dfs share --revoke 3f2a…"],
        ["status"] = ["dfs status", "dfs status --json"],
        ["peers"] = ["dfs peers"],
        ["events"] = ["dfs events --since 12h", "dfs events --follow --json"],
        ["peers renew"] = ["dfs peers renew", "dfs peers renew --node http://127.0.0.1:5052"],
        ["peers expel"] = ["dfs peers expel node-3"],
        ["drain"] = ["dfs drain node-3"],
        ["undrain"] = ["dfs undrain node-3"],
        ["layout remove"] = ["dfs layout remove node-3"],
        ["can-stop"] = ["dfs can-stop node-3"],
        ["plan"] = ["dfs plan", "dfs plan --apply"],
        ["gc"] = ["dfs gc --now"],
        ["scrub"] = ["dfs scrub --now"],
        ["repair"] = ["dfs repair", "dfs repair --pause"],
        ["authority create"] = ["dfs authority create --authority home.authority --generate-passphrase"],
        ["authority show"] = ["dfs authority show --authority home.authority"],
        ["authority export"] = ["dfs authority export --authority home.authority --to copy.authority"],
        ["token create"] = ["dfs token create --expires 1h --for shed --to invitation"],
        ["token list"] = ["dfs token list"],
        ["token revoke"] = ["dfs token revoke 3f2a9c0be1d24c7fb5a80e917d3f6a21"],
        ["join"] = ["dfs join --invitation-file invitation --data /srv/dfs/data --host 10.0.0.2"],
        ["keys create"] = ["dfs keys create --keyring family.keyring --generate-passphrase"],
        ["keys show"] = ["dfs keys show --keyring family.keyring"],
        ["keys passphrase"] = ["dfs keys passphrase --keyring family.keyring"],
        ["keys export"] = ["dfs keys export --keyring family.keyring --to family.recovery", "dfs keys export --keyring family.keyring --phrase"],
        ["keys import"] = ["dfs keys import family.recovery --keyring family.keyring"],
        ["keys list"] = ["dfs keys list"],
        ["keys lock"] = ["dfs keys lock --owner family"],
        ["keys unlock"] = ["dfs keys unlock --owner family"],
        ["keys rotate"] = ["dfs keys rotate"],
        ["keys identity"] = ["dfs keys identity"],
        ["audit"] = ["dfs audit --since 7d", "dfs audit --verify", "dfs audit --verify --files backup/audit --last 9f86d081884c…"],
        ["keys token create"] = ["dfs keys token create --grant 'photos/2026/:read,list' --expires 30d", "dfs keys token create --read-only"],
        ["keys token list"] = ["dfs keys token list"],
        ["keys token revoke"] = ["dfs keys token revoke TZ5K…"],
        ["keys s3 create"] = ["dfs keys s3 create --json", "dfs keys s3 create --grant 'photos:read,list' --expires 30d"],
        ["keys s3 list"] = ["dfs keys s3 list"],
        ["keys s3 revoke"] = ["dfs keys s3 revoke DFSK…"],
        ["verify"] = ["dfs verify cluster/node-1 --json"],
        ["convert"] = ["dfs convert cluster/node-1 --to folders"],
        ["bench"] = ["dfs bench --size 4KiB,64MiB --duration 5s --json"],
        ["completion"] = ["eval \"$(dfs completion bash)\"", "dfs completion fish | source"],
    };

    /// <summary>Who asks what a command takes does not know it yet.</summary>
    public override bool ClearsParseErrors => true;

    /// <summary>Puts it in the place of the usual help.</summary>
    public static void AddTo(RootCommand root)
    {
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        // Without the usual "/?" and "/h": they look like paths, to a completion too.
        var help = new HelpOption("--help", "-h", "-?");
        help.Action = new CommandHelp((HelpAction)help.Action!);
        root.Options.Add(help);
    }

    public static string PathOf(CommandResult command)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = command; at is CommandResult { Command: not RootCommand } named; at = named.Parent)
        {
            names.Push(named.Command.Name);
        }

        return string.Join(' ', names);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        var command = parseResult.CommandResult.Command;
        var output = parseResult.InvocationConfiguration.Output;
        if (Examples.TryGetValue(PathOf(parseResult.CommandResult), out var examples))
        {
            output.WriteLine("Examples:");
            foreach (var example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        if (command.Subcommands.Count == 0 || command.Action is not null)
        {
            output.WriteLine("Exit codes:");
            output.WriteLine($"  {(command.Options.Any(option => option.Name == "--node") ? OfNodes : OfEvery)}{LocalCodes.GetValueOrDefault(PathOf(parseResult.CommandResult))}; all of them: docs/operating/exit-codes.md");
            output.WriteLine();
        }

        return code;
    }
}
