using System.Net;
using System.Net.Sockets;
using System.Text;
using Dfs.Core.Primitives;
using Dfs.Node.Cli;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Processes;

/// <summary>What does not need a running node to be refused: a sentence, an exit code, no stack trace.</summary>
[Collection(OneByOne.Name)]
public sealed class BadInput : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_unknown_command_is_named()
    {
        Assert.Contains("dfs cp -r photos/2026 kept/2026", (await DfsAsync("cp", "--help")).Succeeded().Text, StringComparison.Ordinal);
        (await DfsAsync("frobnicate")).Refused(ExitCode.Usage, "frobnicate", "--help");
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        (await DfsAsync(["put", "nowhere.txt", "key", .. SomeNode()])).Refused(ExitCode.Usage, "nowhere.txt");
    }

    [Fact]
    public async Task A_key_that_is_too_long_says_by_how_much()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "file"), "content");

        (await DfsAsync(["put", "file", new string('k', 1025), .. SomeNode()])).Refused(ExitCode.Usage, "1024", "1025");
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_named()
    {
        (await DfsAsync(["ls", .. SomeNode()])).Refused(ExitCode.Unreachable, "http://127.0.0.1:", "Is it running?");
    }

    [Fact]
    public async Task A_file_of_settings_that_cannot_be_parsed_is_named_with_line_and_column()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "broken.hocon"), "dfs {\n  port = 1\n  seeds = [\n");

        (await NodeAsync("--config", "broken.hocon")).Refused(ExitCode.Configuration, "broken.hocon", "line ", "column ");
    }

    [Fact]
    public async Task An_address_that_peers_cannot_dial_and_one_of_clients_that_others_can_reach_are_refused()
    {
        (await NodeAsync("--host", "0.0.0.0")).Refused(ExitCode.Configuration, "--host", "0.0.0.0");
        (await NodeAsync("--http", "0.0.0.0:0")).Refused(ExitCode.Configuration, "have to be encrypted", "--http");
    }

    [Fact]
    public async Task A_keyring_inside_the_data_directory_is_refused()
    {
        (await NodeAsync("--data", "data", "--keyring", "data/keyring")).Refused(ExitCode.Configuration, "keyring");
    }

    [Fact]
    public async Task A_keyring_that_others_may_read_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        (await DfsAsync("keys", "create", "--keyring", "ring")).Succeeded();
        File.SetUnixFileMode(Path.Combine(_folder.Path, "ring"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        (await NodeAsync("--keyring", "ring")).Refused(ExitCode.Keyring, "ring", "chmod 600");
    }

    [Fact]
    public async Task A_wrong_passphrase_is_told_from_a_missing_one()
    {
        (await DfsAsync(Passphrase("right"), "keys", "create", "--keyring", "ring")).Succeeded();

        (await DfsAsync(Passphrase("wrong"), "keys", "show", "--keyring", "ring")).Refused(ExitCode.Keyring, "not the passphrase");
        (await DfsAsync("keys", "show", "--keyring", "ring")).Refused(ExitCode.Keyring, "DFS_PASSPHRASE");
        (await NodeAsync(Passphrase("wrong"), "--keyring", "ring")).Refused(ExitCode.Keyring, "not the passphrase");
        var word = SecretFiles.Write(Path.Combine(_folder.Path, "word"), "right\n");
        var byFile = new Dictionary<string, string>(Passphrase("wrong")) { ["DFS_PASSPHRASE_FILE"] = "word" };
        (await DfsAsync(byFile, "keys", "show", "--keyring", "ring")).Succeeded();

        if (!OperatingSystem.IsWindows())
        {
            SecretFiles.Allow(word, UnixFileMode.OtherRead);
            (await DfsAsync(byFile, "keys", "show", "--keyring", "ring")).Refused(ExitCode.Keyring, "Others than you may use word", "chmod 600", "DFS_ALLOW_READABLE_SECRETS");
            byFile["DFS_ALLOW_READABLE_SECRETS"] = "1";
            (await DfsAsync(byFile, "keys", "show", "--keyring", "ring")).Succeeded();
        }
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task Secrets_that_others_may_use_are_not_taken_from_people_either(UnixFileMode others)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var (secret, some) = (SecretFiles.Write(Path.Combine(_folder.Path, "secret"), "a secret\n"), SomeNode());
        SecretFiles.Allow(secret, others);

        (await DfsAsync(["ls", .. some[..2], "--token-file", "secret"])).Refused(ExitCode.Unauthorized, "secret", "chmod 600");
        (await DfsAsync("join", "--invitation-file", "secret", "--data", "data")).Refused(ExitCode.Keyring, "secret", "chmod 600");
        (await DfsAsync("keys", "import", "--phrase-file", "secret", "--keyring", "ring")).Refused(ExitCode.Keyring, "secret", "chmod 600");
        (await DfsAsync("keys", "create", "--passphrase-file", "secret", "--keyring", "ring")).Refused(ExitCode.Keyring, "secret", "chmod 600");
        Assert.False(Path.Exists(Path.Combine(_folder.Path, "ring")));
    }

    [Theory]
    [InlineData("--port")]
    [InlineData("--peer-port")]
    [InlineData("--http")]
    public async Task A_port_in_use_is_named_with_its_option(string option)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        (await NodeAsync(option, option == "--http" ? $"127.0.0.1:{port}" : $"{port}")).Refused(ExitCode.PortInUse, $"{port}", option);
    }

    [Fact]
    public async Task A_folder_with_something_else_in_it_is_no_data_directory()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "photos"));
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "photos", "cat.jpg"), "meow");

        (await NodeAsync("--data", "photos", "--keyring", "ring")).Refused(ExitCode.DataDirectory, "photos", "cat.jpg");

        Assert.False(File.Exists(Path.Combine(_folder.Path, "ring")));
        Assert.Single(Directory.EnumerateFileSystemEntries(Path.Combine(_folder.Path, "photos")));
    }

    [Fact]
    public async Task A_data_directory_in_use_is_named_with_who_has_it_and_no_keyring_is_made()
    {
        using var held = Assert.IsType<DataDirectoryOutcome.Opened>(DataDirectory.Open(
            HostDisk.Instance, Path.Combine(_folder.Path, "data"), "somebody", () => new ReplicaId(new Bytes16(1, 1)))).Directory;

        (await NodeAsync("--data", "data", "--keyring", "ring")).Refused(ExitCode.DataDirectory, "data", "in use", "somebody");

        Assert.False(File.Exists(Path.Combine(_folder.Path, "ring")));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_for_a_cluster_is_named()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "file"), "content");

        (await DfsAsync("up", "--data", "file/cluster", "--base-port", "0")).Refused(ExitCode.DataDirectory, "file/cluster");
    }

    [Fact]
    public async Task What_answers_and_is_no_nodes_http_address_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener);

        var url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        (await DfsAsync(["status", .. SomeNode()[2..], "--node", url])).Refused(ExitCode.Usage, url, "400", "two above --port");
        await answering;
    }

    private static async Task AnswerAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        var request = "";
        var piece = new byte[4096];
        while (!request.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            request += Encoding.ASCII.GetString(piece, 0, await stream.ReadAsync(piece));
        }

        await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
    }

    private static Dictionary<string, string> Passphrase(string text) => new() { ["DFS_PASSPHRASE"] = text };

    // An address that nothing listens at, and a token file that is there.
    private string[] SomeNode()
    {
        var token = Path.Combine(_folder.Path, "admin.token");
        SecretFiles.Write(token, "00");
        return ["--node", $"http://127.0.0.1:{FreePorts.Take(1)[0]}", "--token-file", token];
    }

    private static readonly string[] PortOptions = ["--port", "--peer-port"];

    private Task<CommandEnd> DfsAsync(params string[] arguments) => DfsProgram.RunAsync(_folder.Path, arguments);

    private Task<CommandEnd> DfsAsync(Dictionary<string, string> environment, params string[] arguments) =>
        DfsProgram.RunAsync(_folder.Path, arguments, environment: environment);

    private Task<CommandEnd> NodeAsync(params string[] arguments) => NodeAsync([], arguments);

    // On free ports, unless the arguments say otherwise; its input is at its end, so a node that starts stops at once.
    private Task<CommandEnd> NodeAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        string[] ports = [.. PortOptions.Except(arguments).SelectMany(option => new[] { option, "0" })];
        string[] http = arguments.Contains("--http") ? [] : ["--http", "127.0.0.1:0"];
        return DfsProgram.RunAsync(
            _folder.Path, ["node", "--until-input-ends", .. ports, .. http, .. arguments], environment: environment);
    }
}
