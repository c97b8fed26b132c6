using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Listing;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs ls [PREFIX]</c></summary>
/// <remarks>Prints page by page: memory does not grow with the bucket, and what is broken off has printed what came until then.</remarks>
public static class LsCommand
{
    public static Command Create()
    {
        var prefix = new Argument<string?>("PREFIX")
        {
            Description = "Only names that start with it",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var delimiter = new Option<string>("--delimiter")
        {
            Description = "Names that have it behind the prefix are put together to one line, as folders are with '/'",
            DefaultValueFactory = _ => "",
        };
        var bucket = BucketOption.Create();
        var snapshot = SnapshotOption.Create();
        var json = JsonOption.Create();
        var command = new Command("ls", "List names, sizes in bytes and times") { prefix, delimiter, bucket, snapshot, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var client = node.Connect(parse);
            var options = new ListOptions { Prefix = parse.GetValue(prefix) ?? "", Delimiter = parse.GetValue(delimiter)! };
            var pages = client.ListPagesAsync(parse.GetValue(bucket)!, SnapshotOption.Parse(parse.GetValue(snapshot)), options, withSourceTimes: false, cancellationToken);
            await (parse.GetValue(json) ? WriteJsonAsync(pages) : WriteLinesAsync(pages));
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task WriteLinesAsync(IAsyncEnumerable<AdminListing> pages)
    {
        await foreach (var page in pages)
        {
            // Each where its order puts it.
            var files = page.Entries.Select(file => (file.Name, Line: string.Create(
                CultureInfo.InvariantCulture, $"{file.SizeBytes,15:N0}  {file.ModifiedAt:yyyy-MM-dd HH:mm:ss}Z  {file.Name}")));
            var common = page.CommonPrefixes.Select(text => (Name: text, Line: $"{"",15}  {"",20}  {text}"));
            foreach (var (_, line) in files.Concat(common).OrderBy(item => item.Name, NameOrder.Instance))
            {
                Console.WriteLine(line);
            }
        }
    }

    /// <summary>One object with all pages' names; a common prefix is an entry of its own kind.</summary>
    private static async Task WriteJsonAsync(IAsyncEnumerable<AdminListing> pages)
    {
        await using var output = Console.OpenStandardOutput();
        await using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("outcome", nameof(DfsOutcome.Done));
        writer.WriteString("detail", "");
        writer.WriteStartArray("entries");
        await foreach (var page in pages)
        {
            foreach (var file in page.Entries)
            {
                JsonSerializer.Serialize(writer, file, AdminJson.Default.AdminFile);
            }

            foreach (var common in page.CommonPrefixes)
            {
                writer.WriteStartObject();
                writer.WriteString("commonPrefix", common);
                writer.WriteEndObject();
            }

            await writer.FlushAsync();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        await writer.FlushAsync();
        await Console.Out.WriteLineAsync();
    }
}
