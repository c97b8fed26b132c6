using Dfs.Node.Cli;

namespace Dfs.Tests.Cli;

public sealed class WrongCommandTests
{
    [Theory]
    [InlineData("puut file", "There is no command 'puut'; did you mean 'put'?")]
    [InlineData("verions draft", "There is no command 'verions'; did you mean 'versions'?")]
    [InlineData("bucket craete photos", "There is no command 'bucket craete'; did you mean 'bucket create'?")]
    [InlineData("keys s3 mkae", "There is no command 'keys s3 mkae'.")]
    [InlineData("frobnicate", "There is no command 'frobnicate'.")]
    [InlineData("x", "There is no command 'x'.")]
    [InlineData("put", "`dfs put` wants FILE.")]
    [InlineData("bucket snapshot create photos", "`dfs bucket snapshot create` wants NAME.")]
    [InlineData("keys show", "Option '--keyring' is required.")]
    public void One_sentence_says_what_is_wrong_and_what_was_meant(string line, string said)
    {
        var parse = DfsCommand.Create().Parse(line.Split(' '));

        Assert.Equal([said], WrongCommand.Sentences(parse));
    }
}
