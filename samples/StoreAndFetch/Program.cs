// Stores a file on a running node, lists it, reads it back, and removes it, from a program of your own.
//
//   export DFS_NODE=http://127.0.0.1:5052 DFS_TOKEN_FILE=cluster/node-1/admin.token
//   dotnet run --project samples/StoreAndFetch -- README.md
//
// It needs Dfs.Client and the framework. What is not done is a DfsException with an outcome; connection.Store has outcomes as values instead.
using Dfs.Client;
using Dfs.Core.Manifests;

var node = new Uri(Environment.GetEnvironmentVariable("DFS_NODE") ?? "http://127.0.0.1:5052");
var token = (await File.ReadAllTextAsync(Environment.GetEnvironmentVariable("DFS_TOKEN_FILE") ?? "cluster/node-1/admin.token")).Trim();
var path = args is [var first] ? first : "README.md";
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};
using var connection = new NodeConnection(node, token);
var files = connection.Files;
try
{
    var key = DfsFiles.Key($"samples/{Path.GetFileName(path)}");

    // Any stream can be stored. When this returns, a majority of the nodes has everything on its disks.
    await using (var content = File.OpenRead(path))
    {
        var options = PutOptions.Default with { ContentType = "text/plain", Metadata = FileFacts.NoPairs.Add("from", "sample") };
        var put = await files.StoreAsync(key, content, options, stop.Token);
        Console.WriteLine($"stored {key.Name}, {put.SizeBytes} bytes, as version {put.Version}");
    }

    // A listing sees every write that was acknowledged before it.
    await foreach (var file in files.ListAsync("samples/", cancellationToken: stop.Token))
    {
        Console.WriteLine($"{file.SizeBytes,12}  {file.Name}");
    }

    // A file is read as a stream, too: here into memory, to be compared. A stream that ends without an exception is whole.
    await using (var file = await files.OpenAsync(key, cancellationToken: stop.Token))
    {
        using var copy = new MemoryStream();
        await using var content = file.OpenStream();
        await content.CopyToAsync(copy, stop.Token);
        var original = await File.ReadAllBytesAsync(path, stop.Token);
        var isSame = copy.ToArray().SequenceEqual(original);
        Console.WriteLine($"fetched {copy.Length} bytes of {file.ContentType} from a {UserMetadata.Of(file.Facts)["from"]}; the same: {isSame}");
    }

    // Two writers of one key: who names the version that it read, or wants none, does not overwrite another's.
    try
    {
        await files.StoreAsync(key, Stream.Null, PutOptions.Default with { OnlyIfAbsent = true }, stop.Token);
    }
    catch (DfsException late)
    {
        Console.WriteLine($"stored only if absent: {late.Outcome}");
    }

    await files.RemoveAsync(key, cancellationToken: stop.Token);
    Console.WriteLine($"removed; there now: {(await connection.Store.OpenAsync(key, stop.Token)).Outcome}");
    return 0;
}
catch (DfsException refused)
{
    Console.Error.WriteLine($"{refused.Outcome}: {refused.Message}");
    return 1;
}
