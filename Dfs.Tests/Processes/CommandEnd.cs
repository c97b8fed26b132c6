using System.Text;

namespace Dfs.Tests.Processes;

/// <summary>How a command of the program ended, and what it said.</summary>
internal sealed record CommandEnd(int ExitCode, byte[] Output, string Errors)
{
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>Everything that a person sees.</summary>
    public string Said => Text + Errors;

    public CommandEnd Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Said}");
        return this;
    }

    /// <summary>Ended with this code, one clear sentence and no stack trace.</summary>
    /// <param name="words">Parts of the sentence that a person needs.</param>
    public void Refused(int exitCode, params string[] words)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}, not {exitCode}: {Said}");
        Assert.Contains(Errors.Split('\n'), line => line.StartsWith("dfs: ", StringComparison.Ordinal));
        Assert.All(words, word => Assert.Contains(word, Errors, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", Said, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", Said, StringComparison.Ordinal);
    }
}
