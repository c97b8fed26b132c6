using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Dfs.Node.Cli;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Processes;

/// <summary>Every command of <c>dfs</c> answers programs in JSON, and refuses in JSON: docs/operating/exit-codes.md.</summary>
/// <remarks>Most run in this process, whose console is theirs meanwhile: a process for each would take longer than all of them.</remarks>
[Collection(OneByOne.Name)]
public sealed class JsonEverywhere
{
    private static readonly RootCommand Root = DfsCommand.Create();

    private readonly Dictionary<string, string> _known = [];

    public static IEnumerable<string> Paths => Leaves(Root, "");

    [Fact]
    public async Task Every_command_takes_it_and_refuses_wrong_words_with_one_object()
    {
        foreach (var path in Paths)
        {
            var command = path.Split(' ').Aggregate((Command)Root, (at, word) => at.Subcommands.Single(each => each.Name == word));
            Assert.True(command.Options.Count(option => option.Name == "--json") == 1, path);

            var end = await RunHereAsync([.. path.Split(' '), "--json", "--no-such-option"]);

            Assert.True(end.Code == ExitCode.Usage && end.Out.Length == 0, $"{path}: {end}");
            Assert.Equal("Usage", ErrorOf(path, end).GetProperty("error").GetString());
        }
    }

    [Fact]
    public async Task Every_command_answers_with_one_document_or_with_one_object_a_line()
    {
        using var place = new TempFolder();
        // With certificates, so that there is somebody who can invite.
        using var up = DfsProgram.Start(
            place.Path, ["up", "--json", "--nodes", "1", "--base-port", "0", "--data", "cluster"], new Dictionary<string, string> { ["DFS_TRUST_TLS"] = "on" });
        try
        {
            using var timeout = new CancellationTokenSource(LocalNodes.ReadyTimeout);
            await AllAsync(place, Parsed("up", await up.StandardOutput.ReadLineAsync(timeout.Token) ?? "").GetProperty("nodes")[0], up);
        }
        finally
        {
            up.Kill(entireProcessTree: true);
            await up.WaitForExitAsync();
        }
    }

    private async Task AllAsync(TempFolder place, JsonElement node, Process up)
    {
        var (url, data, tokenFile) = (node.GetProperty("url").GetString()!, node.GetProperty("data").GetString()!, node.GetProperty("tokenFile").GetString()!);
        var folder = Directory.CreateDirectory(PathOf("folder")).FullName;
        var one = Path.Combine(folder, "one.txt");
        await File.WriteAllTextAsync(one, "one");
        // It has answered: that is how the node is known.
        var left = Paths.Where(path => path != "up").ToHashSet();

        // Of the store: each line is a command, the exit code that it is to have, and what is to be remembered of its answer.
        await AnswersAsync("put", 0, ["put", one, "one"]);
        await AnswersAsync("put", 0, ["put", "-r", folder, "many"]);
        await AnswersAsync("put", ExitCode.Usage, ["put", PathOf("not there"), "two"]);
        await AnswersAsync("get", 0, ["get", "one", PathOf("fetched")]);
        await AnswersAsync("get", 0, ["get", "-r", "many", PathOf("many")]);
        await AnswersAsync("get", ExitCode.Usage, ["get", "one", "-"]);
        await AnswersAsync("get", ExitCode.NotFound, ["get", "nothing", PathOf("nothing")]);
        await AnswersAsync("cp", 0, ["cp", "one", "two"]);
        await AnswersAsync("cp", 0, ["cp", "-r", "many", "more"]);
        await AnswersAsync("cp", ExitCode.NotFound, ["cp", "nothing", "two"]);
        await AnswersAsync("sync", 0, ["sync", folder, "dfs:synced"]);
        await AnswersAsync("watch", 0, ["watch", folder, "watched", "--until-input-ends"], isLines: true);
        await AnswersAsync("subscribe", ExitCode.NotFound, ["subscribe", "", "--name", "test", "--end"], isLines: true);
        await AnswersAsync("bucket create", 0, ["bucket", "create", "kept", "versioned=on"]);
        await AnswersAsync("bucket set", 0, ["bucket", "set", "kept", "keep-last=5"]);
        await AnswersAsync("bucket show", 0, ["bucket", "show", "kept"]);
        await AnswersAsync("bucket list", 0, ["bucket", "list"]);
        await AnswersAsync("put", 0, ["put", one, "twice", "--bucket", "kept"], "version");
        await AnswersAsync("bucket snapshot create", 0, ["bucket", "snapshot", "create", "kept", "now"]);
        await AnswersAsync("put", 0, ["put", one, "twice", "--bucket", "kept"]);
        await AnswersAsync("versions", 0, ["versions", "twice", "--bucket", "kept"]);
        await AnswersAsync("diff", 0, ["diff", "twice", "--bucket", "kept"]);
        await AnswersAsync("restore", 0, ["restore", "twice", "--bucket", "kept", "--version", "{version}"]);
        await AnswersAsync("bucket snapshot list", 0, ["bucket", "snapshot", "list", "kept"]);
        await AnswersAsync("bucket snapshot restore", 0, ["bucket", "snapshot", "restore", "kept", "now"]);
        await AnswersAsync("bucket snapshot rm", 0, ["bucket", "snapshot", "rm", "kept", "now"]);
        await AnswersAsync("bucket create", 0, ["bucket", "create", "empty"]);
        await AnswersAsync("bucket remove", 0, ["bucket", "remove", "empty"]);
        var shared = await AnswersAsync("share", 0, ["share", "one"]);
        _known["share"] = shared.GetProperty("shares")[0].GetProperty("id").GetString()!;
        await AnswersAsync("share", 0, ["share", "one", "--list"]);
        await AnswersAsync("share", 0, ["share", "--revoke", "{share}"]);
        await AnswersAsync("rm", 0, ["rm", "one"]);
        await AnswersAsync("rm", ExitCode.NotFound, ["rm", "one"]);
        await AnswersAsync("console", 0, ["console"], isLines: true, input: "write,a,b\nread,a\nls\nquit\n");
        await AnswersAsync("bench", 0, ["bench", "--size", "1KiB", "--duration", "50ms", "--concurrency", "2"]);

        // Of the cluster and its keys.
        await AnswersAsync("status", 0, ["status"]);
        await AnswersAsync("peers", 0, ["peers"]);
        await AnswersAsync("peers expel", ExitCode.NotFound, ["peers", "expel", "nobody"]);
        await AnswersAsync("peers renew", 0, ["peers", "renew"]);
        await AnswersAsync("events", 0, ["events"], isLines: true);
        await AnswersAsync("drain", ExitCode.NotFound, ["drain", "nobody"]);
        await AnswersAsync("undrain", ExitCode.NotFound, ["undrain", "nobody"]);
        await AnswersAsync("layout remove", ExitCode.NotFound, ["layout", "remove", "nobody"]);
        await AnswersAsync("can-stop", ExitCode.Failed, ["can-stop", "node-1"]);
        await AnswersAsync("plan", 0, ["plan"]);
        await AnswersAsync("gc", 0, ["gc"]);
        await AnswersAsync("scrub", 0, ["scrub"]);
        await AnswersAsync("repair", 0, ["repair"]);
        await AnswersAsync("token create", 0, ["token", "create"], "invitation");
        var invitations = await AnswersAsync("token list", 0, ["token", "list"]);
        _known["invitation id"] = invitations[0].GetProperty("id").GetString()!;
        SecretFiles.Write(PathOf("invitation"), _known["invitation"]);
        await AnswersAsync("join", 0, ["join", "--invitation-file", PathOf("invitation"), "--data", PathOf("joined"), "--host", "127.0.0.1"]);
        await AnswersAsync("token create", 0, ["token", "create"]);
        var open = (await AnswersAsync("token list", 0, ["token", "list"])).EnumerateArray().First(each => each.GetProperty("id").GetString() != _known["invitation id"]);
        await AnswersAsync("token revoke", 0, ["token", "revoke", open.GetProperty("id").GetString()!]);
        string[] toFile = ["keys", "token", "create", "--read-only", "--to", PathOf("made.token")];
        var made = await AnswersAsync("keys token create", 0, toFile);
        Assert.Equal("", made.GetProperty("token").GetString());
        (await DfsProgram.RunAsync(place.Path, ["ls", "--node", url, "--token-file", PathOf("made.token")])).Succeeded();
        await AnswersAsync("keys token create", ExitCode.Usage, toFile);
        await AnswersAsync("keys token create", 0, ["keys", "token", "create", "--read-only"], "id");
        await AnswersAsync("keys token list", 0, ["keys", "token", "list"]);
        await AnswersAsync("keys token revoke", 0, ["keys", "token", "revoke", "{id}"]);
        await AnswersAsync("keys s3 create", 0, ["keys", "s3", "create"], "accessKey");
        await AnswersAsync("keys s3 list", 0, ["keys", "s3", "list"]);
        await AnswersAsync("keys s3 revoke", 0, ["keys", "s3", "revoke", "{accessKey}"]);
        await AnswersAsync("keys identity", 0, ["keys", "identity"]);
        await AnswersAsync("keys list", 0, ["keys", "list"]);
        await AnswersAsync("keys rotate", 0, ["keys", "rotate"]);
        await AnswersAsync("keys lock", 0, ["keys", "lock"]);
        await AnswersAsync("keys unlock", 0, ["keys", "unlock"]);
        await AnswersAsync("audit", 0, ["audit"], isLines: true);
        await AnswersAsync("audit", 0, ["audit", "--verify"], isLines: true);
        // It writes to standard output by itself, page by page.
        var listed = await DfsProgram.RunAsync(place.Path, ["ls", "--json", "--node", url, "--token-file", tokenFile]);
        left.Remove("ls");
        Check("ls", 0, new End(listed.ExitCode, listed.Text, listed.Errors), isLines: false);

        // Without a node.
        string[] keyring = ["--keyring", PathOf("new.keyring")];
        await AnswersAsync("keys create", 0, ["keys", "create", .. keyring]);
        await AnswersAsync("keys show", 0, ["keys", "show", .. keyring]);
        await AnswersAsync("keys show", ExitCode.Keyring, ["keys", "show", "--keyring", PathOf("no.keyring")]);
        await AnswersAsync("keys export", 0, ["keys", "export", .. keyring, "--phrase"], "phrase");
        await AnswersAsync("keys import", 0, ["keys", "import", "--phrase-file", "-", "--keyring", PathOf("back.keyring"), "--generate-passphrase"], "passphrase", input: _known["phrase"]);
        await AnswersAsync("keys passphrase", 0, ["keys", "passphrase", .. keyring, "--generate-passphrase"], "passphrase");
        await AnswersAsync("authority create", 0, ["authority", "create", "--authority", PathOf("new.authority"), "--generate-passphrase"], "passphrase");
        SecretFiles.Write(PathOf("passphrase"), _known["passphrase"]);
        string[] authority = ["--authority", PathOf("new.authority"), "--passphrase-file", PathOf("passphrase")];
        await AnswersAsync("authority show", 0, ["authority", "show", .. authority]);
        await AnswersAsync("authority export", 0, ["authority", "export", .. authority, "--to", PathOf("copy.authority"), "--new-passphrase-file", PathOf("passphrase")]);
        await AnswersAsync("completion", 0, ["completion", "bash"]);
        up.Kill(entireProcessTree: true);
        await up.WaitForExitAsync();
        await Eventually.HoldsAsync(
            async () => (await RunHereAsync(["verify", data])).Code != ExitCode.DataDirectory, LocalNodes.ReadyTimeout, "nobody uses the directory any more");
        await AnswersAsync("status", ExitCode.Unreachable, ["status"]);
        await AnswersAsync("verify", 0, ["verify", data]);
        await AnswersAsync("convert", 0, ["convert", data, "--to", "folders"]);

        // Its log is what it says.
        var ran = await DfsProgram.RunAsync(place.Path, ["node", "--json", "--until-input-ends", "--port", "0", "--data", "alone", "--bootstrap-expect", "1"]);
        Assert.True(ran.ExitCode == 0, ran.Errors);
        Assert.All(ran.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.NotEmpty(Parsed("node", line).GetProperty("text").GetString()!));
        left.Remove("node");
        Assert.Empty(left);

        string PathOf(string name) => Path.Combine(place.Path, name);

        async Task<JsonElement> AnswersAsync(string path, int code, string[] words, string? remembered = null, bool isLines = false, string input = "")
        {
            left.Remove(path);
            var command = path.Split(' ').Aggregate((Command)Root, (at, word) => at.Subcommands.Single(each => each.Name == word));
            string[] where = command.Options.Any(option => option.Name == "--node") ? ["--node", url, "--token-file", tokenFile] : [];
            string[] said = [.. words.Select(word => _known.Aggregate(word, (text, known) => text.Replace($"{{{known.Key}}}", known.Value, StringComparison.Ordinal)))];
            var answer = Check(string.Join(' ', said), code, await RunHereAsync([.. said, .. where, "--json"], input), isLines);

            if (remembered is not null)
            {
                _known[remembered] = answer.GetProperty(remembered).GetString()!;
            }

            return answer;
        }
    }

    private static JsonElement Check(string command, int code, End end, bool isLines)
    {
        Assert.True(end.Code == code, $"{command}: {end}");
        var documents = isLines
            ? end.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Parsed(command, line)).ToList()
            : end.Out.Length == 0 ? [] : [Parsed(command, end.Out)];
        if (code != 0)
        {
            Assert.Equal(code, ErrorOf(command, end).GetProperty("code").GetInt32());
            return default;
        }

        Assert.True(documents.Count > 0, $"{command} says nothing");
        return documents[0];
    }

    private static JsonElement ErrorOf(string command, End end)
    {
        var error = Parsed(command, end.Err.TrimEnd('\n').Split('\n')[^1]);
        Assert.NotEmpty(error.GetProperty("error").GetString()!);
        Assert.NotEmpty(error.GetProperty("detail").GetString()!);
        return error;
    }

    private static JsonElement Parsed(string command, string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException error)
        {
            throw new InvalidOperationException($"{command} did not say JSON but: {text}", error);
        }
    }

    private static async Task<End> RunHereAsync(string[] words, string input = "")
    {
        var (before, errors, read) = (Console.Out, Console.Error, Console.In);
        using var said = new StringWriter();
        using var complained = new StringWriter();
        try
        {
            Console.SetOut(said);
            Console.SetError(complained);
            Console.SetIn(new StringReader(input));
            var code = await DfsCommand.RunAsync(words);
            return new End(code, said.ToString(), complained.ToString());
        }
        finally
        {
            Console.SetOut(before);
            Console.SetError(errors);
            Console.SetIn(read);
        }
    }

    private static IEnumerable<string> Leaves(Command command, string path) => command.Subcommands.SelectMany(below =>
        Leaves(below, $"{path}{below.Name} ").Concat(below.Subcommands.Count == 0 || below.Action is not null ? [path + below.Name] : []));

    private sealed record End(int Code, string Out, string Err);
}
