using System.Diagnostics;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.Keyring;
using Dfs.Tests.Kit;
using Dfs.Tests.Transfer;

namespace Dfs.Tests.Client;

/// <summary>Holders that hang at the worst moment, and what clients are told in time: of settings, of chunks, of heads.</summary>
public sealed class HungHoldersSpec : IAsyncLifetime, IDisposable
{
    /// <summary>Of which steps have three.</summary>
    private static readonly AnswerLimit Limit = new(TimeSpan.FromSeconds(5), TimeProvider.System);

    /// <summary>The limit, and as long as a machine may be busy.</summary>
    private static readonly TimeSpan AnsweredBy = TimeSpan.FromSeconds(12);

    private const int SmallBytes = 100, LargeBytes = 100_000;

    private readonly TempFolder _folder = new();
    private HeldStore _chunks = null!;
    private SoloNode _node = null!;

    private IDfsClient Client => _node.Client;

    public async Task InitializeAsync()
    {
        using (var keys = OwnerKeys.Create(FreshRandom.Draw))
        {
            Assert.IsType<KeyringOutcome.Created>(KeyringFile.Create(SoloNode.KeyringIn(_folder.Path), keys, null));
        }

        _node = await SoloNode.StartAsync(_folder.Path, 1, answers: Limit, shown: store => _chunks = new HeldStore(store));
        _chunks.Open();
        await _node.PutAsync("small", new byte[SmallBytes]);
        await _node.PutAsync("large", new byte[LargeBytes]);
    }

    public async Task DisposeAsync()
    {
        _chunks.Open();
        _node.Hang(null);
        await _node.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_holders_of_settings_and_heads_nothing_is_done_and_it_is_said()
    {
        // As long as settings are held, nobody is asked for them.
        await Task.Delay(BucketRegistry.LeaseTime * 1.2);
        _node.Hang(_ => true);

        await AllAnswerAsync(DfsOutcome.NoQuorum, PutAsync("new", SmallBytes), PutAsync("new2", LargeBytes), OpenAsync("small"), RemoveAsync("small"), TagAsync("small"), CopyAsync("small"),
            ShowBucketAsync(), CreateBucketAsync());

        _node.Hang(null);
        Assert.Equal(SmallBytes, (await _node.GetAsync("small")).Length);
        Assert.Equal(DfsOutcome.NotFound, await OpenAsync("new"));
    }

    [Fact]
    public async Task What_was_sent_to_holders_that_hang_then_may_or_may_not_be_done()
    {
        _node.Hang(static request => request is CatalogProtocol.Accept);

        await AllAnswerAsync(
            DfsOutcome.Indeterminate, PutAsync("new", SmallBytes), PutAsync("new2", LargeBytes), RemoveAsync("small"), TagAsync("large"), CopyAsync("large"), CreateBucketAsync());
    }

    [Fact]
    public async Task Without_holders_of_chunks_a_put_is_not_done_and_the_file_is_what_it_was()
    {
        _chunks.Close();

        await AllAnswerAsync(DfsOutcome.NoQuorum, PutAsync("large", 2 * LargeBytes), PutAsync("new", LargeBytes));

        _chunks.Open();
        Assert.Equal(LargeBytes, (await _node.GetAsync("large")).Length);
    }

    [Fact]
    public async Task A_read_whose_chunks_nobody_gives_ends_in_time()
    {
        _chunks.Close();
        _chunks.HoldsReads = true;

        await AllAnswerAsync(DfsOutcome.NoQuorum, ReadAsync("large"));

        _chunks.Open();
        Assert.Equal(LargeBytes, (await _node.GetAsync("large")).Length);
    }

    [Fact]
    public async Task A_client_that_takes_its_time_is_waited_for()
    {
        var pipe = new Pipe();
        var putting = Client.PutAsync(SoloNode.KeyOf("slow"), pipe.Reader, PutOptions.Default, default);
        await pipe.Writer.WriteAsync(new byte[SmallBytes]);
        await Task.Delay(Limit.Within * 1.2);
        Assert.False(putting.IsCompleted);
        await pipe.Writer.CompleteAsync();

        Assert.Equal(DfsOutcome.Done, (await putting).Outcome);
        Assert.Equal(SmallBytes, (await _node.GetAsync("slow")).Length);
    }

    private static async Task AllAnswerAsync(DfsOutcome expected, params Task<DfsOutcome>[] asked)
    {
        var clock = Stopwatch.StartNew();
        var answers = await Task.WhenAll(asked);

        Assert.All(answers, answer => Assert.Equal(expected, answer));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, AnsweredBy);
    }

    private async Task<DfsOutcome> PutAsync(string name, int sizeBytes) => (await Client.PutAsync(
        SoloNode.KeyOf(name), PipeReader.Create(new MemoryStream(RandomNumberGenerator.GetBytes(sizeBytes))), PutOptions.Default, default)).Outcome;

    private async Task<DfsOutcome> OpenAsync(string name) => (await Client.OpenAsync(SoloNode.KeyOf(name), default)).Outcome;

    private async Task<DfsOutcome> RemoveAsync(string name) => (await Client.RemoveAsync(SoloNode.KeyOf(name), default)).Outcome;

    private async Task<DfsOutcome> TagAsync(string name) =>
        (await Client.Compositions.ChangeFactsAsync(SoloNode.KeyOf(name), null, static facts => facts with { ContentType = "text/plain" }, default)).Outcome;

    private async Task<DfsOutcome> CopyAsync(string name) =>
        (await Client.Compositions.PutAsync(SoloNode.KeyOf(name + "-copy"), [new FilePart(SoloNode.KeyOf(name), null)], PutOptions.Default, default)).Outcome;

    private async Task<DfsOutcome> ShowBucketAsync() => (await Client.Buckets.ShowAsync(ObjectKey.DefaultBucket, default)).Outcome;

    private async Task<DfsOutcome> CreateBucketAsync() => (await Client.Buckets.CreateAsync("fresh", Core.Manifests.BucketSettings.Default, default)).Outcome;

    private async Task<DfsOutcome> ReadAsync(string name)
    {
        await using var file = (await Client.OpenAsync(SoloNode.KeyOf(name), default)).File!;
        return (await file.CopyToAsync(PipeWriter.Create(new MemoryStream()), 0, file.SizeBytes, default)).Outcome;
    }
}
