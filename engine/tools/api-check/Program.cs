using ApiCheck;

// Usage: dotnet run -c Release --project engine/tools/api-check -- FOLDER
// FOLDER holds Akka.NET's approval files (src/core/Akka.API.Tests/verify of its sources) and, if at hand, that of Hocon
// (src/Hocon.API.Tests). Prints what the engine shows, or the product uses, that is not there. Ends with 0 when nothing is.
(string Assembly, string File)[] approvals =
[
    ("Akka", "CoreAPISpec.ApproveCore.DotNet.verified.txt"),
    ("Akka.Remote", "CoreAPISpec.ApproveRemote.DotNet.verified.txt"),
    ("Akka.Cluster", "CoreAPISpec.ApproveCluster.DotNet.verified.txt"),
    ("Akka.Streams", "CoreAPISpec.ApproveStreams.DotNet.verified.txt"),
    ("Akka.TestKit", "CoreAPISpec.ApproveTestKit.DotNet.verified.txt"),
    ("Akka.TestKit.Xunit2", "CoreAPISpec.ApproveTestKitXunit2.DotNet.verified.txt"),
    ("Hocon", "HoconAPISpec.ApproveCore.approved.txt"),
];
(string Project, string File)[] products =
[
    ("Dfs.Core", "Dfs.Core.dll"), ("Dfs.Storage", "Dfs.Storage.dll"), ("Dfs.Actors", "Dfs.Actors.dll"),
    ("Dfs.Gateway", "Dfs.Gateway.dll"), ("Dfs.Node", "dfs.dll"), ("Dfs.Tests", "Dfs.Tests.dll"),
    ("Dfs.Benchmarks", "Dfs.Benchmarks.dll"),
];

if (args is not [var folder] || !Directory.Exists(folder))
{
    Console.Error.WriteLine("Usage: api-check FOLDER (with the approval files CoreAPISpec.Approve*.DotNet.verified.txt)");
    return 2;
}

var approved = new ApprovedApi();
var known = approvals.Where(entry => File.Exists(Path.Combine(folder, entry.File))).ToList();
foreach (var unreadable in known.SelectMany(entry => approved.Add(File.ReadAllText(Path.Combine(folder, entry.File)))))
{
    Console.WriteLine($"not understood and left out: {unreadable}");
}

var comparison = new Comparison(approved);
var exceptions = new ExceptionList(File.ReadLines(Path.Combine(AppContext.BaseDirectory, "exceptions.txt")));
var count = 0;
foreach (var (assembly, file) in approvals)
{
    if (known.Contains((assembly, file)))
    {
        using var built = new BuiltAssembly(PathOf(assembly, assembly + ".dll"));
        Report(assembly, comparison.Shown(built), $"{built.PublicTypes().Count()} public types");
    }
    else
    {
        Console.WriteLine($"{assembly}: not checked, {file} is not in the folder");
    }
}

foreach (var (product, file) in products)
{
    if (!File.Exists(PathOf(product, file)))
    {
        Console.WriteLine($"{product}: not checked, it is not built in this configuration");
        continue;
    }

    using var built = new BuiltAssembly(PathOf(product, file));
    var findings = known.Any(entry => entry.Assembly == "Hocon")
        ? comparison.Used(built, "Akka").Concat(comparison.Used(built, "Hocon"))
        : comparison.Used(built, "Akka");
    Report(product, findings, $"{built.Uses("Akka").Count()} references to Akka");
}

return count == 0 ? 0 : 1;

// Beside this tool's own output: artifacts/embedded/bin/NAME/debug.
static string PathOf(string project, string file)
{
    var own = new DirectoryInfo(AppContext.BaseDirectory);
    return Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, file);
}

void Report(string assembly, IEnumerable<string> findings, string what)
{
    var defects = 0;
    foreach (var finding in findings)
    {
        var reason = exceptions.ReasonFor(finding);
        defects += reason is null ? 1 : 0;
        Console.WriteLine(reason is null ? $"{assembly}: {finding}" : $"{assembly}: excepted: {finding} ({reason})");
    }

    count += defects;
    Console.WriteLine($"{assembly}: {what}, {defects} defects");
}
