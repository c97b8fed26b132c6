using Dfs.Node.Cli;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Processes;

/// <summary>`dfs keys` as a person uses it: no node runs.</summary>
[Collection(OneByOne.Name)]
public sealed class KeyringCommands : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_keyring_comes_back_from_paper_and_from_a_recovery_file()
    {
        await DfsAsync("", "keys", "create", "--keyring", "ring");
        var owner = FirstLine(await DfsAsync("", "keys", "show", "--keyring", "ring"));

        var phrase = await DfsAsync("", "keys", "export", "--keyring", "ring", "--phrase");
        await DfsAsync(phrase, "keys", "import", "--phrase-file", "-", "--keyring", "from-paper");
        Assert.Equal(owner, FirstLine(await DfsAsync("", "keys", "show", "--keyring", "from-paper")));

        var said = await DfsAsync("", "keys", "export", "--keyring", "ring", "--to", "recovery", "--generate-passphrase");
        var passphrase = FirstLine(said).Replace("passphrase: ", "", StringComparison.Ordinal);
        await DfsAsync($"{passphrase}\n", "keys", "import", "recovery", "--passphrase-file", "-", "--new-passphrase-file", Word("next"), "--keyring", "from-file");
        Assert.Equal(owner, FirstLine(await DfsAsync("next\n", "keys", "show", "--passphrase-file", "-", "--keyring", "from-file")));
    }

    [Fact]
    public async Task A_passphrase_is_set_and_taken_away_and_a_mistyped_phrase_is_named_by_its_group()
    {
        await DfsAsync("", "keys", "create", "--keyring", "ring");
        await DfsAsync("", "keys", "passphrase", "--keyring", "ring", "--new-passphrase-file", Word("first"));
        (await RunAsync("", "keys", "export", "--keyring", "ring", "--phrase")).Refused(ExitCode.Keyring, "--passphrase-file");
        (await RunAsync("", "keys", "passphrase", "--keyring", "ring", "--remove", "--passphrase-file", Word("other"))).Refused(ExitCode.Keyring, "not the passphrase");
        await DfsAsync("", "keys", "passphrase", "--keyring", "ring", "--remove", "--passphrase-file", Word("first"));

        var phrase = (await DfsAsync("", "keys", "export", "--keyring", "ring", "--phrase")).ToCharArray();
        phrase[7] = phrase[7] == 'A' ? 'B' : 'A';
        (await RunAsync(new string(phrase), "keys", "import", "--phrase-file", "-", "--keyring", "other")).Refused(ExitCode.Keyring, "Group 2 ");
        (await RunAsync("", "keys", "import", "ring", "--keyring", "ring")).Refused(ExitCode.Keyring, "exists already");
        (await RunAsync("", "keys", "export", "--keyring", "ring")).Refused(ExitCode.Usage, "--to", "--phrase");
    }

    private string Word(string text)
    {
        SecretFiles.Write(Path.Combine(_folder.Path, $"{text}.word"), text + "\n");
        return $"{text}.word";
    }

    private static string FirstLine(string text) => text.Split('\n')[0];

    private async Task<string> DfsAsync(string input, params string[] arguments) => (await RunAsync(input, arguments)).Succeeded().Text;

    private Task<CommandEnd> RunAsync(string input, params string[] arguments) =>
        DfsProgram.RunAsync(_folder.Path, arguments, System.Text.Encoding.UTF8.GetBytes(input));
}
