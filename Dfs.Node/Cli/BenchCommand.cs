using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Dfs.Node.Cli;

/// <summary><c>dfs bench</c>: how fast is a running cluster, seen from a client?</summary>
public static class BenchCommand
{
    /// <summary>1,024 clients at once, far above what the admin interface admits.</summary>
    private const int AtOnceMax = 1024;

    private static readonly CompositeFormat Row =
        CompositeFormat.Parse("{0,9}  {1,-4} {2,7} {3,8} {4,6} {5,10} {6,8} {7,9} {8,9} {9,9} {10,9}");

    public static Command Create()
    {
        var sizes = new Option<string>("--size")
        {
            Description = "Sizes of the files, separated by commas",
            DefaultValueFactory = static _ => "1KiB,1MiB,64MiB,512MiB",
        };
        var atOnce = new Option<int?>("--concurrency")
        {
            Description = "Calls at once; default 64 up to 64 KiB, 8 up to 4 MiB, 1 above",
        };
        var duration = new Option<string>("--duration")
        {
            Description = "For each size, as long for puts as for gets; every call that has begun is finished",
            DefaultValueFactory = static _ => "5s",
        };
        var mix = new Option<int?>("--mix")
        {
            Description = "After puts and gets, both mixed: so many percent of the calls are gets; their rows have a star",
        };
        var s3 = new Option<string?>("--s3")
        {
            Description = $"Address of an S3 endpoint to measure instead, of whatever product; keys come from {S3BenchTarget.AccessKeyVariable} and {S3BenchTarget.SecretKeyVariable}",
        };
        var getNode = new NodeOptions("get-", "the node to get from; default is the one to put to");
        var (bucket, json, node) = (BucketOption.Create(), JsonOption.Create(), new NodeOptions());
        var command = new Command("bench", "Measure puts and gets of random files against a running cluster")
        {
            sizes, atOnce, duration, mix, s3, bucket, json,
        };
        node.AddTo(command);
        getNode.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var wanted = Sizes(parse.GetValue(sizes)!);
            var time = Duration(parse.GetValue(duration)!);
            using var endpoint = parse.GetValue(s3) is { } address ? S3BenchTarget.FromEnvironment(address, parse.GetValue(bucket)!, node.Tls(parse)) : null;
            using var putNode = endpoint is null ? node.Connect(parse) : null;
            using var otherNode = endpoint is null && getNode.IsGiven(parse) ? getNode.Connect(parse) : null;
            if (endpoint is not null)
            {
                await endpoint.CreateBucketAsync(cancellationToken);
            }

            IBenchTarget Target(NodeClient? client) => endpoint ?? (IBenchTarget)new NodeBenchTarget(client!, parse.GetValue(bucket)!);
            var (puts, gets) = (Target(putNode), Target(otherNode ?? putNode));
            var all = new List<BenchFigures>();
            foreach (var sizeBytes in wanted)
            {
                var run = new BenchRun(
                    puts, gets, sizeBytes, AtOnce(parse.GetValue(atOnce), sizeBytes), time, Mix(parse.GetValue(mix)));
                var figures = await run.RunAsync(cancellationToken);
                Print(figures, isFirst: all.Count == 0, parse.GetValue(json));
                all.AddRange(figures);
            }

            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(all, BenchJson.Default.IReadOnlyListBenchFigures));
            }

            return all.TrueForAll(figures => figures.Errors == 0) ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static List<long> Sizes(string text) => [.. text.Split(',').Select(part =>
        SizeText.TryParseSize(part, out var bytes)
            ? bytes
            : throw new CliException(ExitCode.Usage, $"'{part}' is not a size; write it like 1KiB, 64MiB or 1GB."))];

    private static TimeSpan Duration(string text) => SizeText.TryParseTime(text, out var time)
        ? time
        : throw new CliException(ExitCode.Usage, $"'{text}' is not a time; write it like 500ms, 5s or 2m.");

    private static int AtOnce(int? given, long sizeBytes) => given switch
    {
        null => sizeBytes <= 64 << 10 ? 64 : sizeBytes <= 4 << 20 ? 8 : 1,
        >= 1 and <= AtOnceMax => given.Value,
        _ => throw new CliException(ExitCode.Usage, $"--concurrency is 1 to {AtOnceMax}."),
    };

    private static int? Mix(int? given) => given is null or (>= 1 and <= 99)
        ? given
        : throw new CliException(ExitCode.Usage, "--mix is 1 to 99, the percentage of gets.");

    private static void Print(IReadOnlyList<BenchFigures> all, bool isFirst, bool isJson)
    {
        if (isJson)
        {
            return;
        }

        if (isFirst)
        {
            Print("size", "", "at once", "done", "errors", "per second", "MB/s", "p50 ms", "p95 ms", "p99 ms", "max ms");
        }

        foreach (var f in all)
        {
            Print(
                SizeText.Format(f.SizeBytes), f.Action, f.AtOnce, f.Done, f.Errors, Short(f.PerSecond), Short(f.MegabytesPerSecond),
                Short(f.P50Ms), Short(f.P95Ms), Short(f.P99Ms), Short(f.MaxMs));
            if (f.FirstError is { } error)
            {
                Console.Error.WriteLine($"dfs: the first error was: {error}");
            }
        }
    }

    private static void Print(params object[] cells) =>
        Console.WriteLine(string.Format(CultureInfo.InvariantCulture, Row, cells));

    private static string Short(double value) =>
        value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture);
}
