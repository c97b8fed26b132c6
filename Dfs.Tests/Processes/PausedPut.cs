using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>A put of what another program says, which may say nothing for a while.</summary>
[Collection(OneByOne.Name)]
public sealed class PausedPut(ITestOutputHelper output)
{
    private const int SizeBytes = 21_000_000, BeforeBytes = 20_000_000;

    /// <summary>Longer than the nodes here may take for an answer: 5 s, the least that can be set.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task Content_may_pause_for_longer_than_an_answer_may_take()
    {
        await using var nodes = new LocalNodes(
            3, output, "dfs.limits.answer-within-seconds = 5");
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var content = Content.Bytes(1, SizeBytes);
        using var put = DfsProgram.Start(nodes.Folder, ["put", "-", "piped", "--node", nodes[0].Url, "--token-file", nodes[0].TokenFile]);
        var errors = put.StandardError.ReadToEndAsync();
        var input = put.StandardInput.BaseStream;
        await input.WriteAsync(content.AsMemory(0, BeforeBytes));
        await input.FlushAsync();

        await Task.Delay(Pause);
        await input.WriteAsync(content.AsMemory(BeforeBytes));
        put.StandardInput.Close();
        await put.WaitForExitAsync();

        Assert.True(put.ExitCode == 0, await errors);
        Assert.Equal(content, (await nodes[0].RunAsync("get", "piped", "-")).Succeeded().Output);
    }
}
