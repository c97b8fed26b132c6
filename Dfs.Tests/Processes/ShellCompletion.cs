using System.Diagnostics;

namespace Dfs.Tests.Processes;

/// <summary>The shells' own completion, driven as a Tab drives it; a shell that is not on this machine is not asked.</summary>
[Collection(OneByOne.Name)]
public sealed class ShellCompletion
{
    [Fact]
    public async Task Bash_completes_commands_options_and_files()
    {
        const string AsTab = """
            eval "$1"
            ask() { COMP_LINE=$1; COMP_POINT=${#1}; read -ra COMP_WORDS <<<"$1"; [[ $1 == *' ' ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _dfs_complete; echo "${COMPREPLY[@]}"; }
            ask 'dfs pu'; ask 'dfs keys s3 '; ask 'dfs put --if-a'; ask 'dfs put '; complete -p dfs
            """;

        if (await CompletedAsync("bash", "bash", ["-c", AsTab, "bash"]) is not { } lines)
        {
            return;
        }

        Assert.Equal(["put", "create list revoke", "--if-absent"], lines[..3]);
        // No option is pushed where a file is wanted: nothing of ours, and so files.
        Assert.Equal(["", "complete -o default -F _dfs_complete dfs"], lines[3..5]);
    }

    [Fact]
    public async Task Fish_completes_commands_options_and_files()
    {
        var files = Directory.CreateTempSubdirectory("dfs-fish-");
        await File.WriteAllTextAsync(Path.Combine(files.FullName, "a-file"), "x");
        var asTab = $"eval $argv[1]; cd {files.FullName}; for line in 'dfs pu' 'dfs keys s3 ' 'dfs put --if-a' 'dfs put a-'; complete -C $line | string join ' '; end";
        if (await CompletedAsync("fish", "fish", ["--no-config", "-c", asTab]) is { } lines)
        {
            Assert.Equal(["put", "create list revoke", "--if-absent", "a-file"], lines[..4]);
        }

        files.Delete(recursive: true);
    }

    [Fact]
    public async Task Zsh_completes_commands_and_options()
    {
        // What zle sets is set here, and what it is told is written out.
        const string AsTab = """
            compdef() { :; }; compadd() { shift; echo $@; }; _files() { echo files; }
            eval "$1"
            for line in 'dfs pu' 'dfs keys s3 ' 'dfs put --if-a' 'dfs put '; do
              words=(${=line}); [[ $line == *' ' ]] && words+=(""); CURRENT=$#words; _dfs
            done
            """;
        if (await CompletedAsync("zsh", "zsh", ["-f", "-c", AsTab, "zsh"]) is { } lines)
        {
            Assert.Equal(["put", "create list revoke", "--if-absent", "files"], lines[..4]);
        }
    }

    [Fact]
    public async Task An_unknown_shell_is_refused_and_known_ones_are_named()
    {
        (await DfsProgram.RunAsync(Path.GetTempPath(), ["completion", "tcsh"])).Refused(Dfs.Node.Cli.ExitCode.Usage, "bash", "pwsh");
        Assert.Contains("Register-ArgumentCompleter", (await DfsProgram.RunAsync(Path.GetTempPath(), ["completion", "pwsh"])).Succeeded().Text, StringComparison.Ordinal);
    }

    /// <returns>What the shell wrote, line by line; null when it is not on this machine.</returns>
    private static async Task<string[]?> CompletedAsync(string shell, string program, string[] before)
    {
        var script = (await DfsProgram.RunAsync(Path.GetTempPath(), ["completion", shell])).Succeeded().Text;
        var start = new ProcessStartInfo(program, [.. before, script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }

        using (process)
        {
            var errors = process.StandardError.ReadToEndAsync();
            var lines = (await process.StandardOutput.ReadToEndAsync()).Split('\n');
            await process.WaitForExitAsync();
            Assert.True(lines.Length > 4, string.Join('\n', lines) + await errors);
            return lines;
        }
    }
}
