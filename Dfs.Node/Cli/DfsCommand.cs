using System.CommandLine;

namespace Dfs.Node.Cli;

/// <summary>The program's command line: which commands there are, and how any of them ends.</summary>
public static class DfsCommand
{
    /// <summary>After Ctrl-C: a node leaves its cluster first, and <c>up</c> waits for all of its nodes.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    /// <returns>The exit code; see <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var parse = Create().Parse(args);
        if (parse.Errors.Count > 0)
        {
            var sentences = WrongCommand.Sentences(parse);
            if (JsonOption.IsGiven(args))
            {
                return JsonOption.Refuse(asJson: true, ExitCode.Usage, string.Join(' ', sentences));
            }

            foreach (var sentence in sentences)
            {
                Console.Error.WriteLine($"dfs: {sentence}");
            }

            Console.Error.WriteLine($"See `dfs {$"{CommandHelp.PathOf(parse.CommandResult)} --help".TrimStart()}`.");
            return ExitCode.Usage;
        }

        var asJson = JsonOption.IsGiven(parse);
        try
        {
            var code = await parse.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = StopTimeout,
            });
            // One rule for programs: whatever ends with another code says so in the same place.
            return code == ExitCode.Done || !asJson ? code : JsonOption.Refuse(asJson, code, "What failed stands on standard output.");
        }
        catch (CliException refused)
        {
            return JsonOption.Refuse(asJson, refused.ExitCode, refused.Message);
        }
        catch (OperationCanceledException)
        {
            return JsonOption.Refuse(asJson, ExitCode.Interrupted, "stopped.");
        }
        catch (IOException error)
        {
            return JsonOption.Refuse(asJson, IsDiskFull(error) ? ExitCode.DiskFull : ExitCode.Failed, error.Message);
        }
        catch (UnauthorizedAccessException error)
        {
            return JsonOption.Refuse(asJson, ExitCode.Usage, error.Message);
        }
    }

    internal static RootCommand Create()
    {
        var root = new RootCommand("AkkaDfs: an encrypted peer-to-peer file store on your own machines.");
        foreach (var command in Commands())
        {
            root.Subcommands.Add(command);
        }

        CommandHelp.AddTo(root);
        return root;
    }

    private static Command[] Commands() =>
    [
        UpCommand.Create(),
        NodeCommand.Create(),
        ConsoleCommand.Create(),
        PutCommand.Create(),
        GetCommand.Create(),
        LsCommand.Create(),
        RmCommand.Create(),
        CpCommand.Create(),
        SyncCommand.Create(),
        WatchCommand.Create(), SubscribeCommand.Create(),
        VersionsCommand.Create(),
        VersionsCommand.CreateRestore(),
        VersionsCommand.CreateDiff(),
        BucketCommand.Create(),
        ShareCommand.Create(),
        StatusCommand.Create(),
        StatusCommand.CreatePeers(),
        EventsCommand.Create(),
        LayoutCommands.CreateDrain(),
        LayoutCommands.CreateUndrain(),
        LayoutCommands.CreateLayout(),
        LayoutCommands.CreateCanStop(),
        PlanCommand.Create(),
        GcCommand.Create(),
        ScrubCommand.Create(),
        RepairCliCommand.Create(),
        KeysCommand.Create(),
        AuditCommand.Create(),
        AuthorityCommand.Create(),
        TokenCommand.Create(),
        JoinCommand.Create(),
        VerifyCommand.Create(),
        ConvertCommand.Create(),
        BenchCommand.Create(),
        CompletionCommand.Create(),
    ];

    // ENOSPC on Linux, ERROR_DISK_FULL on Windows.
    private static bool IsDiskFull(IOException error) => (error.HResult & 0xFFFF) is 28 or 112;
}
