using System.Text;
using Dfs.Actors.Transfer;
using Dfs.Node.Cli;
using Dfs.Node.Folders;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Folders;

public sealed class FileDownloadTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_is_written_whole_and_nothing_else_is_left()
    {
        Assert.Equal(7, await DownloadAsync("out"));

        Assert.Equal("content", await File.ReadAllTextAsync(PathOf("out")));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_named_as_a_wrong_command()
    {
        var refused = await Assert.ThrowsAsync<CliException>(() => DownloadAsync(Path.Combine("nowhere", "out")));

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Equal($"Cannot write {PathOf(Path.Combine("nowhere", "out"))}: there is no folder {PathOf("nowhere")}.", refused.Message);
    }

    [Fact]
    public async Task A_folder_in_the_place_of_the_file_is_left_as_it_is()
    {
        Directory.CreateDirectory(PathOf("here"));

        var refused = await Assert.ThrowsAsync<CliException>(() => DownloadAsync("here"));

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("it is a folder", refused.Message, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    private string PathOf(string name) => Path.Combine(_folder.Path, name);

    private async Task<long> DownloadAsync(string name)
    {
        using var response = new HttpResponseMessage { Content = new ByteArrayContent(Encoding.ASCII.GetBytes("content")) };
        return await FileDownload.ToFileAsync(response, PathOf(name), "key", static _ => { }, RateLimit.None, null, CancellationToken.None);
    }
}
