using Dfs.Core.Folders;

namespace Dfs.Tests.Folders;

public sealed class FolderPathTests
{
    [Theory]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData(".")]
    [InlineData("a/./b")]
    [InlineData("a\0b")]
    public void A_name_that_leads_elsewhere_is_no_path_anywhere(string name)
    {
        Assert.NotNull(FolderPath.Refusal(name, isWindows: false));
        Assert.NotNull(FolderPath.Refusal(name, isWindows: true));
    }

    [Theory]
    [InlineData("a\\..\\b")]
    [InlineData("C:\\a")]
    [InlineData("a:stream")]
    [InlineData("x/con.txt")]
    [InlineData("lpt1")]
    [InlineData("a.")]
    [InlineData("a /b")]
    [InlineData("what?")]
    public void Windows_has_names_of_its_own(string name)
    {
        Assert.Null(FolderPath.Refusal(name, isWindows: false));
        Assert.NotNull(FolderPath.Refusal(name, isWindows: true));
    }

    [Fact]
    public void A_part_is_as_long_as_file_systems_allow()
    {
        Assert.Null(FolderPath.Refusal(new string('a', 255) + "/b", isWindows: false));
        Assert.NotNull(FolderPath.Refusal(new string('é', 128), isWindows: false));
        Assert.Null(FolderPath.Refusal(new string('é', 128), isWindows: true));
        Assert.NotNull(FolderPath.Refusal(new string('a', 256), isWindows: true));
        Assert.Null(FolderPath.Refusal("...", isWindows: false));
    }
}
