using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Gateway.Admin;
using Dfs.Storage.Audit;

namespace Dfs.Node.Cli;

/// <summary><c>dfs audit [--changes] [--since TIME] [--verify [--last HASH] [--files FOLDER]] [--json]</c></summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var since = new Option<string?>("--since") { Description = "From then on: 30m, 12h, 7d ago, or a time such as 2026-01-31T12:00Z; without it a day" };
        var changes = new Option<bool>("--changes") { Description = "What was done to files, which has a log of its own; without it the administration" };
        var verify = new Option<bool>("--verify") { Description = "Follow the chain of hashes instead: says what was changed, taken out or cut off" };
        var last = new Option<string?>("--last") { Description = "With --verify: a hash that it printed before; the record must be there still" };
        var files = new Option<string?>("--files") { Description = "With --verify: a copy of a node's folder 'audit', or of 'changes' in it, without asking a node" };
        var json = JsonOption.CreateLines();
        var command = new Command("audit", "Who did what on a node, and whether the log of it is whole") { changes, since, verify, last, files, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            if (parse.GetValue(verify) || parse.GetValue(files) is not null)
            {
                using var asked = parse.GetValue(files) is null ? node.Connect(parse) : null;
                var found = asked is null ? CheckFiles(parse.GetValue(files)!, parse.GetValue(last)) : await asked.AuditCheckAsync(parse.GetValue(last), parse.GetValue(changes), cancellationToken);
                return Show(found, parse.GetValue(json));
            }

            var from = EventsCommand.TimeOf(parse.GetValue(since) ?? "24h", TimeProvider.System.GetUtcNow());
            using var client = node.Connect(parse);
            IReadOnlyList<AuditLine> page = [];
            do
            {
                page = (await client.AuditAsync(from, page.Count == 0 ? 0 : page[^1].Number, parse.GetValue(changes), cancellationToken)).Records;
                foreach (var record in page)
                {
                    Console.WriteLine(parse.GetValue(json) ? JsonSerializer.SerializeToNode(record, AdminJson.Default.AuditLine)!.ToJsonString() : Line(record));
                }
            }
            while (page.Count > 0);
            return ExitCode.Done;
        });
        return command;
    }

    private static AuditFinding CheckFiles(string folder, string? last)
    {
        try
        {
            return Directory.Exists(folder) ? AuditFiles.Check(folder, last) : throw new CliException(ExitCode.Usage, $"There is no folder {folder}.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Usage, unreadable.Message);
        }
    }

    private static int Show(AuditFinding found, bool isJson)
    {
        if (isJson)
        {
            Console.WriteLine(JsonSerializer.SerializeToNode(found, AdminJson.Default.AuditFinding)!.ToJsonString());
            return found.Breaks.Count == 0 ? ExitCode.Done : ExitCode.Damaged;
        }

        if (found.Breaks.Count > 0)
        {
            throw new CliException(ExitCode.Damaged, $"The audit log is not whole: {string.Join("; ", found.Breaks)}.");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{found.Records} records, {found.First} to {found.Last}, follow each other; the last one's hash, to be noted elsewhere:"));
        Console.WriteLine(found.LastHash);
        return ExitCode.Done;
    }

    private static string Line(AuditLine record) => string.Create(
        CultureInfo.InvariantCulture,
        $"{record.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z  {record.Who,-16} {record.From,-15}  {record.Does,-24} {record.Result,-4} {(record.IsSealed ? "(sealed)" : record.Name)} {record.Subject}").TrimEnd();
}
