using Akka.Actor;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Node.Shell;
using Dfs.Tests.Kit;
using static Dfs.Node.Shell.ConsoleProtocol;

namespace Dfs.Tests.Shell;

/// <summary>Whatever is typed and however it ends, there is an answer, and the console goes on.</summary>
public sealed class ConsoleActorSpec : Akka.TestKit.Xunit2.TestKit
{
    private static readonly NodeStatus Status = new(
        "node1", "id", Ready: true, "", "cluster", 1, LayoutChanging: false, 3, 1, new StoreStatus(2, 3, 4, ""),
        [new PeerStatus("node2", "id2", "akka.tcp://dfs@127.0.0.1:1", "http://127.0.0.1:2", "unreachable", InLayout: true, Self: false)]);

    private readonly FakeClient _files = new();
    private readonly TempFolder _folder = new();
    private readonly IActorRef _console;

    public ConsoleActorSpec()
        : base("akka.loglevel = ERROR") => _console = Sys.ActorOf(ConsoleActor.Props(_files, () => Task.FromResult(Status)));

    [Fact]
    public async Task What_is_written_is_read_listed_and_removed()
    {
        Assert.Equal("stored key (5 bytes)", await AnswerTo("write,key,hello"));
        Assert.Equal("hello", await AnswerTo("read,key"));
        Assert.Equal("              5  key", await AnswerTo("ls"));
        Assert.Equal("no files", await AnswerTo("ls,other"));
        Assert.Equal("removed key", await AnswerTo("remove,key"));
        Assert.Equal("not found", await AnswerTo("read,key"));
        Assert.Equal("not found", await AnswerTo("remove,key"));
    }

    [Fact]
    public async Task A_long_list_says_how_to_get_on_with_it()
    {
        for (var number = 0; number <= 1000; number++)
        {
            await AnswerTo($"write,\"a,{number:D4}\",x");
        }

        var first = (await AnswerTo("ls")).Split('\n');

        Assert.Equal(("there are more: ls,\"\",\"a,0999\"", 1001), (first[^1], first.Length));
        Assert.Equal("              1  a,1000", await AnswerTo(first[^1].Split(": ")[1]));
    }

    [Fact]
    public async Task Buckets_are_listed_with_their_settings()
    {
        await _files.Made.CreateAsync("photos", BucketChange.None, default);

        Assert.Equal("photos  compression=off  dedup=on  keep-for=off  keep-last=off  profile=default  versioned=off", await AnswerTo("buckets"));
    }

    [Fact]
    public async Task Versions_are_listed_and_restored()
    {
        var id = new VersionId(new Bytes16(1, 2));
        _files.History.Entries.Add(new VersionEntry(id, IsDeleteMarker: false, 1234, DateTimeOffset.UnixEpoch, 5));
        _files.History.Entries.Add(new VersionEntry(default, IsDeleteMarker: true, 0, DateTimeOffset.UnixEpoch, 0));

        Assert.Equal(
            $"{id}            1,234  1970-01-01 00:00:00Z\n{default(VersionId)}          deleted  1970-01-01 00:00:00Z",
            await AnswerTo("versions,key"));
        Assert.Equal("restored key (1234 bytes)", await AnswerTo($"restore,key,{id}"));
        Assert.Equal("'old' is not a version's id, which has 32 hexadecimal digits.", await AnswerTo("restore,key,old"));
    }

    [Fact]
    public async Task Files_of_this_machine_go_in_and_come_out()
    {
        var (source, target) = (PathOf("source"), PathOf("target"));
        await File.WriteAllTextAsync(source, "content");

        Assert.Equal("stored key (7 bytes)", await AnswerTo($"put,key,{source}"));
        Assert.Equal($"fetched key (7 bytes) to {target}", await AnswerTo($"get,key,{target}"));

        Assert.Equal("content", await File.ReadAllTextAsync(target));
    }

    [Fact]
    public async Task A_download_that_breaks_leaves_what_was_there()
    {
        var target = PathOf("target");
        await File.WriteAllTextAsync(target, "old");
        await AnswerTo("write,key,new");

        _files.End = DfsOutcome.Damaged;

        Assert.Equal("copy: Damaged", await AnswerTo($"get,key,{target}"));
        Assert.Equal("old", await File.ReadAllTextAsync(target));
        Assert.Equal([target], Directory.GetFiles(_folder.Path));
    }

    public static TheoryData<DfsOutcome> Refusals => [.. Enum.GetValues<DfsOutcome>().Where(outcome => outcome != DfsOutcome.Done)];

    [Theory, MemberData(nameof(Refusals))]
    public async Task Every_outcome_is_an_answer(DfsOutcome outcome)
    {
        await AnswerTo("write,key,x");
        _files.Outcome = outcome;

        Assert.Equal($"put: {outcome}", await AnswerTo("write,key,hello"));
        Assert.Equal($"open: {outcome}", await AnswerTo("read,key"));
        Assert.Equal($"open: {outcome}", await AnswerTo($"get,key,{PathOf("target")}"));
        Assert.Equal($"remove: {outcome}", await AnswerTo("remove,key"));
        Assert.Equal($"list: {outcome}", await AnswerTo("ls"));

        _files.Outcome = DfsOutcome.Done;
        Assert.Equal("x", await AnswerTo("read,key"));
    }

    [Fact]
    public async Task Only_the_first_mebibyte_is_printed()
    {
        await AnswerTo($"write,key,{new string('x', ConsoleActor.PrintBytesMax + 1)}");

        var text = await AnswerTo("read,key");

        Assert.Equal($"(the first {ConsoleActor.PrintBytesMax} of {ConsoleActor.PrintBytesMax + 1} bytes; get,key,path fetches all)", text.Split('\n')[1]);
        Assert.Equal(ConsoleActor.PrintBytesMax, text.Split('\n')[0].Length);
    }

    [Fact]
    public async Task What_cannot_be_done_here_is_said_and_the_console_goes_on()
    {
        Assert.Contains("none", await AnswerTo($"put,key,{PathOf("none")}"));
        Assert.NotEqual("", await AnswerTo($"write,{new string('k', 5000)},x"));
        Assert.NotEqual("", await AnswerTo("fly,away"));
        Assert.Equal("", await AnswerTo("   "));
        Assert.Contains("node2", await AnswerTo("peers"));
        Assert.Contains("node1 is ready", await AnswerTo("status"));
        Assert.Equal(ConsoleParser.HelpText, await AnswerTo("help"));
    }

    [Fact]
    public async Task Quit_ends_the_console_and_nothing_else_does()
    {
        Assert.True((await _console.Ask<Answer>(new Line("quit"), TimeSpan.FromSeconds(10))).Ended);
        Assert.False((await _console.Ask<Answer>(new Line("status"), TimeSpan.FromSeconds(10))).Ended);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    private string PathOf(string name) => Path.Combine(_folder.Path, name);

    private async Task<string> AnswerTo(string line) => (await _console.Ask<Answer>(new Line(line), TimeSpan.FromSeconds(10))).Text;
}
