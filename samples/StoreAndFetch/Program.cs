// Stores a file on a running node, lists it, reads it back, and removes it, from a program of your own.
//
//   export DFS_NODE=http://127.0.0.1:5052 DFS_TOKEN_FILE=cluster/node-1/admin.token
//   dotnet run --project samples/StoreAndFetch -- README.md
//
// Outcomes are values: every call says Done, NotFound, NoQuorum and so on, with a sentence for people. Only cancellation throws.
using System.IO.Pipelines;
using Dfs.Actors.Client;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Node.Cli;

var node = new Uri(Environment.GetEnvironmentVariable("DFS_NODE") ?? "http://127.0.0.1:5052");
var token = (await File.ReadAllTextAsync(Environment.GetEnvironmentVariable("DFS_TOKEN_FILE") ?? "cluster/node-1/admin.token")).Trim();
var path = args is [var first] ? first : "README.md";
if (!ObjectKey.TryCreate($"samples/{Path.GetFileName(path)}", out var key, out var refusal))
{
    Console.Error.WriteLine(refusal);
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};
using var connection = new NodeConnection(node, token);
IDfsClient store = connection.Store;

// Any stream can be stored. When this says Done, a majority of the nodes has everything on its disks.
await using (var content = File.OpenRead(path))
{
    var options = PutOptions.Default with { SizeBytes = content.Length, ContentType = "text/plain" };
    var put = await store.PutAsync(key, PipeReader.Create(content), options, stop.Token);
    if (put.Outcome != DfsOutcome.Done)
    {
        Console.Error.WriteLine($"not stored ({put.Outcome}): {put.Detail}");
        return 1;
    }

    Console.WriteLine($"stored {key.Name}, {put.SizeBytes} bytes, as version {put.Version}");
}

// A listing sees every write that was acknowledged before it.
var page = await store.ListAsync(key.Bucket, ListOptions.All with { Prefix = "samples/" }, stop.Token);
foreach (var file in page.Entries)
{
    Console.WriteLine($"{file.SizeBytes,12}  {file.Name}");
}

// A file is read as a stream, too: here into memory, to be compared.
var opened = await store.OpenAsync(key, stop.Token);
if (opened.File is null)
{
    Console.Error.WriteLine($"not opened ({opened.Outcome}): {opened.Detail}");
    return 1;
}

await using (var file = opened.File)
{
    using var copy = new MemoryStream();
    var writer = PipeWriter.Create(copy, new StreamPipeWriterOptions(leaveOpen: true));
    var end = await file.CopyToAsync(writer, 0, file.SizeBytes, stop.Token);
    await writer.CompleteAsync();
    var original = await File.ReadAllBytesAsync(path, stop.Token);
    var isSame = end.Outcome == DfsOutcome.Done && copy.ToArray().SequenceEqual(original);
    Console.WriteLine($"fetched {end.WrittenBytes} bytes of {file.ContentType}; the same: {isSame}");
}

// Two writers of one key: who names the version that it read does not overwrite another's.
using var other = new MemoryStream("another content"u8.ToArray());
var late = await store.PutAsync(key, PipeReader.Create(other), PutOptions.Default with { OnlyIfAbsent = true }, stop.Token);
Console.WriteLine($"stored only if absent: {late.Outcome}");

var removed = await store.RemoveAsync(key, stop.Token);
Console.WriteLine($"removed: {removed.Outcome}; there now: {(await store.OpenAsync(key, stop.Token)).Outcome}");
return 0;
