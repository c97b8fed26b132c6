using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Client.Http;
using Dfs.Core.Folders;
using Dfs.Core.Primitives;
using Dfs.Gateway.Admin;
using Dfs.Node.Folders;

namespace Dfs.Node.Cli;

/// <summary><c>dfs rm KEY</c>, <c>dfs rm -r PREFIX</c></summary>
public static class RmCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("KEY") { Description = "The file's name in the store, a pattern, or with -r a prefix" };
        var recursive = new Option<bool>("--recursive", "-r") { Description = "Remove everything below a prefix, after a question" };
        var yes = new Option<bool>("--yes", "-y") { Description = "With -r or a pattern: do not ask" };
        var bucket = BucketOption.Create();
        var version = VersionOption.Create("Remove only this version, for good");
        var shred = new Option<bool>("--shred") { Description = "Also rotate the keys, so that old copies of disks do not open it with today's keyring; all files' keys are wrapped anew" };
        var concurrency = ConcurrencyOption.Create();
        var json = JsonOption.Create();
        var command = new Command("rm", "Remove files everywhere and destroy their keys; where versions are kept, mark them as deleted")
        {
            key, recursive, yes, bucket, version, shred, concurrency, json,
        };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var (name, inBucket, isRecursive) = (parse.GetValue(key)!, parse.GetValue(bucket)!, parse.GetValue(recursive));
            var wanted = VersionOption.Parse(parse.GetValue(version));
            if (isRecursive && wanted is not null)
            {
                throw new CliException(ExitCode.Usage, "--version is for one file.");
            }

            if (!isRecursive)
            {
                CheckedKey.Require(inBucket, name);
            }

            var atOnce = ConcurrencyOption.Parse(parse.GetValue(concurrency));
            using var client = node.Connect(parse);
            var several = isRecursive
                ? await StoredFiles.BelowAsync(client, inBucket, null, FolderPath.PrefixOf(name), withSourceTimes: false, cancellationToken)
                : wanted is null ? await StoredFiles.MatchingAsync(client, inBucket, null, name, withSourceTimes: false, cancellationToken)
                : null;
            var code = ExitCode.Done;
            if (several is not null)
            {
                Confirm(several, $"{inBucket}/{name}", parse.GetValue(yes));
                code = (await RemoveAllAsync(client, inBucket, several, new TransferRun(atOnce), cancellationToken)).Report("removed", parse.GetValue(json));
            }
            else
            {
                var answer = await client.RemoveAsync(inBucket, name, wanted, cancellationToken);
                Console.Error.WriteLine(wanted is null ? $"removed {name}" : $"removed version {wanted} of {name}");
                if (parse.GetValue(json))
                {
                    Console.WriteLine(JsonSerializer.Serialize(answer, AdminJson.Default.AdminAnswer));
                }
            }

            if (parse.GetValue(shred))
            {
                Console.Error.WriteLine((await client.RotateAsync(cancellationToken)).Detail);
            }

            return code;
        });
        return command;
    }

    private static async Task<TransferSummary> RemoveAllAsync(
        NodeClient client, string bucket, List<AdminFile> files, TransferRun run, CancellationToken cancellationToken)
    {
        await run.RunAsync(
            $"{files.Count} files", files, files.Sum(file => file.SizeBytes), file => file.Name,
            async (file, progressed, token) =>
            {
                await client.RemoveAsync(bucket, file.Name, token);
                progressed(file.SizeBytes);
                return file.SizeBytes;
            },
            cancellationToken);
        return run.Summary([]);
    }

    /// <exception cref="CliException">There is nothing, or the answer was not yes, or nobody could be asked.</exception>
    private static void Confirm(List<AdminFile> files, string where, bool isConfirmed)
    {
        if (files.Count == 0)
        {
            throw new CliException(ExitCode.NotFound, $"not found: nothing is below or matches {where}");
        }

        if (isConfirmed)
        {
            return;
        }

        var what = string.Create(CultureInfo.InvariantCulture, $"{Counted.Of(files.Count, "file")}, {files.Sum(file => file.SizeBytes):N0} bytes");
        Console.Error.Write($"Remove {what} ({where})? [y/N] ");
        if (Console.ReadLine()?.Trim().ToLowerInvariant() is not ("y" or "yes"))
        {
            Console.Error.WriteLine();
            throw new CliException(ExitCode.Usage, $"Nothing was removed: {what}. --yes removes them without asking.");
        }
    }
}
