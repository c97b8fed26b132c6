using System.Text;
using Akka.Configuration;
using Dfs.Node.Cli;
using Dfs.Node.Shell;
using Hocon;
using static Dfs.Tests.Fuzz.FuzzTarget;

namespace Dfs.Tests.Fuzz;

/// <summary>What people write: configuration, lines of the console, sizes and times.</summary>
internal sealed class NodeTargets : IFuzzTargets
{
    private const string Hocon = """
        dfs { port = 5050, seeds = ["a:1", "b:2"], name = ${?NAME}node, sub.x += 5 }
        akka.loglevel = INFO // a comment
        list = ${dfs.seeds} [1, 2.5e3, true, null, "\u00e9"]
        include "other.conf"
        text = ${"dfs".port}"abc" def
        """;

    private static readonly IReadOnlyList<byte[]> HoconWords = Utf8(
        "${", "${?a}", "}", "{", "[", "]", "+=", "\"\"\"", "\"", "\\u", "include ", "required(", "//", "#", "\n", ".", ":", "=", ",", "a=${a}", "\uFEFF");

    public IEnumerable<FuzzTarget> All() =>
    [
        new("hocon", [Encoding.UTF8.GetBytes(Hocon), "{\"a\": [1, {\"b\": null}]}"u8.ToArray()], input =>
            {
                var root = HoconParser.Parse(Encoding.UTF8.GetString(input));
                return 1 + (int)root.Value.Type;
            },
            typeof(HoconParserException), typeof(HoconException), typeof(HoconValueException))
        {
            // Substitutions may multiply what is written, up to a bound on the whole.
            Words = HoconWords, AllocatedBytesBase = 64 * 1024 * 1024, AllocatedBytesPerByte = 4096, InputsInCi = 3_000, InputBytesMax = 1024,
        },
        new("akka-config", [Encoding.UTF8.GetBytes(Hocon)], input =>
            {
                var config = ConfigurationFactory.ParseString(Encoding.UTF8.GetString(input));
                return config.IsEmpty ? 1 : 2;
            },
            typeof(ConfigurationException), typeof(HoconParserException), typeof(HoconException), typeof(FormatException))
        {
            Words = HoconWords, AllocatedBytesBase = 64 * 1024 * 1024, AllocatedBytesPerByte = 4096, InputsInCi = 2_000, InputBytesMax = 1024,
        },
        new("console-line",
            Utf8("write,\"a,b\"\"c\",content, more", "put,key,path", "ls,prefix,after", "restore,key,version", "read,\"key\"", "help"),
            input =>
            {
                var command = ConsoleParser.Parse(Encoding.UTF8.GetString(input));
                return 1 + (command.GetType().Name.Sum(c => c) & 0xFFFF);
            })
        {
            Words = Utf8(",", "\"", "\"\"", " ", "write,", "get,", "ls", "\t"),
        },
        new("size-text", Utf8("64 MiB", "1.5GB", "500ms", "10MB/s", "5"), input =>
            {
                var text = Encoding.UTF8.GetString(input);
                var (isSize, isTime) = (SizeText.TryParseSize(text, out var bytes), SizeText.TryParseTime(text, out var time));
                Promise(bytes >= 0 && time >= TimeSpan.Zero && time <= TimeSpan.FromDays(1), "sizes and times are within their limits");
                return (isSize ? 1 : 0) + (isTime ? 2 : 0) + (SizeText.TryParseRate(text, out _) ? 4 : 0);
            })
        {
            Words = Utf8("9", "99999999999999999999", ".", "KiB", "s", "/s", "e308"),
        },
    ];

    private static List<byte[]> Utf8(params IEnumerable<string> texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
