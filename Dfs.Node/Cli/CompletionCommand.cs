using System.CommandLine;
using System.Text.Json.Nodes;

namespace Dfs.Node.Cli;

/// <summary><c>dfs completion bash|zsh|fish|pwsh</c>: a script that asks this program what fits, at each Tab.</summary>
/// <remarks>The scripts call the program by its path, so that they work for an alias, too. Where nothing of the program's fits, files do.</remarks>
public static class CompletionCommand
{
    private static readonly Dictionary<string, Func<string>> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = () => $$"""
            # eval "$(dfs completion bash)" in ~/.bashrc
            _dfs_complete() {
              local word=${COMP_WORDS[COMP_CWORD]} found
              COMPREPLY=()
              while IFS= read -r found; do
                [[ $found == "$word"* && ($word == -* || $found != -*) ]] && COMPREPLY+=("$found")
              done < <({{Quoted("'\\''")}} "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
            }
            complete -o default -F _dfs_complete dfs
            """,
        ["zsh"] = () => $$"""
            # eval "$(dfs completion zsh)" in ~/.zshrc, behind compinit
            _dfs() {
              local line="${(j: :)words[1,CURRENT]}" word=${words[CURRENT]}
              local -a found
              found=(${(f)"$({{Quoted("'\\''")}} "[suggest:${#line}]" "$line" 2>/dev/null)"})
              found=(${(M)found:#${word}*})
              [[ $word == -* ]] || found=(${found:#-*})
              if (( $#found )); then compadd -- $found; else _files; fi
            }
            compdef _dfs dfs
            """,
        ["fish"] = () => $$"""
            # dfs completion fish | source, in ~/.config/fish/config.fish
            function __dfs_complete
              set -l line (commandline -cp)
              set -l word (commandline -ct)
              set -l found ({{Quoted("\\'")}} "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
              if not string match -q -- '-*' "$word"
                set found (string match -v -- '-*' $found)
              end
              set found (string match -- "$word*" $found)
              if test (count $found) -gt 0
                printf '%s\n' $found
              else
                __fish_complete_path "$word"
              end
            end
            complete -c dfs -f -a '(__dfs_complete)'
            """,
        ["pwsh"] = () => $$"""
            # dfs completion pwsh | Out-String | Invoke-Expression, in $PROFILE
            Register-ArgumentCompleter -Native -CommandName dfs -ScriptBlock {
              param($word, $command, $position)
              & {{Quoted("''")}} "[suggest:$position]" "$command" 2>$null |
                Where-Object { $_.StartsWith($word) -and ($word.StartsWith('-') -or -not $_.StartsWith('-')) } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or pwsh" };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Print a script that completes this program's words in a shell") { shell, JsonOption.Create() };
        command.SetAction(parse =>
        {
            var script = Scripts[parse.GetValue(shell)!]();
            JsonOption.Say(parse, script, new JsonObject { ["shell"] = parse.GetValue(shell), ["script"] = script });
        });
        return command;
    }

    /// <param name="quote">What a single quote is inside of single quotes.</param>
    private static string Quoted(string quote)
    {
        var (file, arguments) = ProgramCommand.Parts;
        return string.Join(' ', arguments.Prepend(file).Select(word => $"'{word.Replace("'", quote, StringComparison.Ordinal)}'"));
    }
}
