using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dfs.Node.Cli;

/// <summary><c>--json</c>, the same in every command: what it prints, and how a refusal looks, stands in docs/operating/exit-codes.md.</summary>
public static class JsonOption
{
    private const string Name = "--json";

    // A sentence for people stays one that they can read.
    private static readonly JsonSerializerOptions OnALine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Of a command that answers with one document.</summary>
    public static Option<bool> Create() => new(Name) { Description = "Print JSON for programs" };

    /// <summary>Of a command that goes on telling.</summary>
    public static Option<bool> CreateLines() => new(Name) { Description = "Print JSON for programs, one object a line" };

    /// <summary>Whether the command that is run was asked for JSON.</summary>
    public static bool IsGiven(ParseResult parse) =>
        parse.CommandResult.Command.Options.OfType<Option<bool>>().FirstOrDefault(option => option.Name == Name) is { } json && parse.GetValue(json);

    /// <summary>Before the words are understood, or where they are not.</summary>
    public static bool IsGiven(string[] args) => args.Contains(Name, StringComparer.Ordinal);

    /// <summary>What a command has done: a sentence for people, or an object for programs.</summary>
    public static void Say(ParseResult parse, string sentence, JsonObject facts) => Console.WriteLine(IsGiven(parse) ? LineOf(facts) : sentence);

    public static string LineOf(JsonObject facts) => facts.ToJsonString(OnALine);

    /// <summary>Says why a command failed: the last line of standard error.</summary>
    /// <returns>The exit code.</returns>
    public static int Refuse(bool asJson, int exitCode, string detail)
    {
        Console.Error.WriteLine(asJson
            ? LineOf(new JsonObject { ["error"] = ExitCode.NameOf(exitCode), ["code"] = exitCode, ["detail"] = detail })
            : $"dfs: {detail}");
        return exitCode;
    }
}
