using Dfs.Benchmarks;

// Each benchmark answers one question and prints its yardstick, measured in the same run, beside it.
var benchmarks = new Dictionary<string, Func<string[], Task<Table>>>
{
    ["crypto"] = CryptoBenchmark.RunAsync,
    ["parts"] = PartsBenchmark.RunAsync,
    ["store"] = StoreBenchmark.RunAsync,
    ["peer"] = PeerBenchmark.RunAsync,
    ["engine"] = EngineBenchmark.RunAsync,
    ["list"] = ListBenchmark.RunAsync,
};
if (args is [EngineBenchmark.EchoArgument])
{
    await EngineBenchmark.EchoAsync();
    return 0;
}

if (args is ["placement", ..])
{
    Console.WriteLine(await PlacementBenchmark.RunAsync(args[1..]));
    return 0;
}

if (args.Length == 0 || !benchmarks.TryGetValue(args[0], out var run))
{
    Console.Error.WriteLine($"usage: dotnet run -c Release --project Dfs.Benchmarks -- {string.Join('|', benchmarks.Keys)}|placement [folder]");
    return 2;
}

Console.WriteLine(await run(args[1..]));
return 0;
