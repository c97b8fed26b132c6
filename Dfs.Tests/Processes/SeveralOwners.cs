using Dfs.Node.Cli;
using Dfs.Tests.Kit;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>Several keyrings on one node: each owner sees its own files, and each is locked by itself.</summary>
[Collection(OneByOne.Name)]
public sealed class SeveralOwners(ITestOutputHelper output)
{
    [Fact]
    public async Task Owners_are_chosen_by_name_or_id_and_a_locked_one_is_refused_until_it_is_unlocked()
    {
        await using var nodes = new LocalNodes(
            1, output, "dfs { bootstrap-expect = 1, replication { data = 1, metadata = 1 }, more-keyrings = [second.keyring] }");
        (await RunAsync(nodes, null, "keys", "create", "--keyring", "second.keyring")).Succeeded();
        SecretFiles.Write(nodes.PathOf("word"), "open sesame\n");
        (await RunAsync(nodes, null, "keys", "passphrase", "--keyring", "second.keyring", "--new-passphrase-file", "word")).Succeeded();
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        await Content.PutAsync(nodes[0], "diary", Content.Bytes(1, 3000));

        // It has a passphrase and the node was given none.
        Assert.Matches("keyring +unlocked .*default\\)\nsecond +locked ", (await nodes[0].RunAsync("keys", "list")).Succeeded().Text);
        (await nodes[0].RunAsync("ls", "--owner", "second")).Refused(ExitCode.Keyring, "keyring is locked", "dfs keys unlock");
        (await nodes[0].RunAsync("get", "diary", "-", "--owner", "second")).Refused(ExitCode.Keyring, "keyring is locked");
        (await nodes[0].RunAsync("rm", "diary", "--owner", "second")).Refused(ExitCode.Keyring, "keyring is locked");
        (await nodes[0].RunAsync("put", "word", "x", "--owner", "second")).Refused(ExitCode.Keyring, "keyring is locked");
        (await nodes[0].RunAsync("ls", "--owner", "third")).Refused(ExitCode.NotFound, "'third'", "'keyring', 'second'");

        (await nodes[0].RunAsync("wrong\n"u8.ToArray(), "keys", "unlock", "--owner", "second", "--passphrase-file", "-")).Refused(ExitCode.Keyring, "not the passphrase");
        (await nodes[0].RunAsync("keys", "unlock", "--owner", "second")).Refused(ExitCode.Keyring, "has a passphrase");
        (await nodes[0].RunAsync("open sesame\n"u8.ToArray(), "keys", "unlock", "--owner", "second", "--passphrase-file", "-")).Succeeded();
        Assert.Equal("", (await nodes[0].RunAsync("ls", "--owner", "second")).Succeeded().Text);
        (await nodes[0].RunAsync("put", "word", "diary", "--owner", "second")).Succeeded();
        Assert.Equal("open sesame\n", (await nodes[0].RunAsync("get", "diary", "-", "--owner", "second")).Succeeded().Text);
        Assert.Equal(Content.Bytes(1, 3000), await Content.FetchAsync(nodes[0], "diary"));

        // The first one is locked too, and opens without a passphrase; its id names it as well as its name.
        (await nodes[0].RunAsync("keys", "lock")).Succeeded();
        (await nodes[0].RunAsync("get", "diary", "-")).Refused(ExitCode.Keyring, "keyring is locked");
        var id = (await RunAsync(nodes, null, "keys", "show", "--keyring", "keyring")).Succeeded().Text[6..18];
        (await nodes[0].RunAsync("keys", "unlock", "--owner", id)).Succeeded();
        Assert.Equal(Content.Bytes(1, 3000), await Content.FetchAsync(nodes[0], "diary"));
    }

    private static Task<CommandEnd> RunAsync(LocalNodes nodes, byte[]? input, params string[] arguments) =>
        DfsProgram.RunAsync(nodes.Folder, arguments, input);
}
