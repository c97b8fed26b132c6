using Dfs.Actors.Transfer;

namespace Dfs.Tests.Transfer;

/// <summary>Large chunks that wait for their turn towards one peer; each moves, and ends, when the test says so.</summary>
public sealed class ChunkLaneTests
{
    private const int ChunkBytes = 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Quick = TimeSpan.FromMilliseconds(1), Creeping = TimeSpan.FromSeconds(4);
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ChunkLane _lane = new(new PeerClientOptions { IdleMax = Patience, CallMax = Patience });

    [Fact]
    public async Task They_go_in_the_order_of_their_coming_and_more_at_once_where_they_move_quickly()
    {
        var chunks = Enumerable.Range(0, 4).Select(_ => new Chunk()).ToList();
        var runs = chunks.Select(chunk => _lane.RunAsync(null, chunk.RunAsync, None)).ToList();
        await chunks[0].Begun;
        Assert.All(chunks[1..], chunk => Assert.False(chunk.Begun.IsCompleted));

        chunks[0].End(Quick);
        await Task.WhenAll(chunks[1].Begun, chunks[2].Begun);
        Assert.False(chunks[3].Begun.IsCompleted);

        chunks[2].End(Creeping);
        await runs[2];
        Assert.Equal(1, _lane.Size);
        Assert.False(chunks[3].Begun.IsCompleted);

        chunks[1].End(Quick);
        await chunks[3].Begun;
        chunks[3].End(Quick);
        Assert.All(await Task.WhenAll(runs), outcome => Assert.Equal(new PeerOutcome.Stored(WasThere: false), outcome));
    }

    [Fact]
    public async Task Who_waits_no_more_is_passed_over()
    {
        var (first, gone, last) = (new Chunk(), new Chunk(), new Chunk());
        using var leaves = new CancellationTokenSource();
        var running = _lane.RunAsync(null, first.RunAsync, None);
        var left = _lane.RunAsync(null, gone.RunAsync, leaves.Token);
        var waiting = _lane.RunAsync(null, last.RunAsync, None);

        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        first.End(Creeping);
        await last.Begun;
        last.End(Quick);

        await Task.WhenAll(running, waiting);
        Assert.False(gone.Begun.IsCompleted);
    }

    [Fact]
    public async Task A_call_that_fails_gives_its_turn_back()
    {
        var after = new Chunk();

        await Assert.ThrowsAsync<IOException>(() => _lane.RunAsync(null, _ => throw new IOException("broken"), None));
        var next = _lane.RunAsync(null, after.RunAsync, None);
        await after.Begun;
        after.End(Quick);

        Assert.IsType<PeerOutcome.Stored>(await next);
    }

    [Fact]
    public async Task Who_waits_behind_one_that_stands_still_is_told_so_after_a_while()
    {
        var lane = new ChunkLane(new PeerClientOptions { IdleMax = TimeSpan.FromMilliseconds(200), CallMax = Patience });
        var (still, behind) = (new Chunk(), new Chunk());
        var running = lane.RunAsync(null, still.RunAsync, None);

        Assert.Equal(PeerOutcome.TimedOut.Instance, await lane.RunAsync(null, behind.RunAsync, None));

        Assert.False(behind.Begun.IsCompleted);
        still.End(Creeping);
        await running;
    }

    [Fact]
    public async Task What_moves_is_told_to_those_who_wait_for_it()
    {
        var (first, second, told) = (new Chunk(), new Chunk(), new List<int>());
        var running = _lane.RunAsync(() => told.Add(1), first.RunAsync, None);
        var waiting = _lane.RunAsync(() => told.Add(2), second.RunAsync, None);

        (await first.Begun).SayMoved();
        Assert.Equal([1, 2], told);

        first.End(Creeping);
        (await second.Begun).SayMoved();
        Assert.Equal([1, 2, 2], told);
        second.End(Quick);
        await Task.WhenAll(running, waiting);
    }

    private sealed class Chunk
    {
        private readonly TaskCompletionSource<ChunkTurn> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<PeerOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private ChunkTurn? _turn;

        public Task<ChunkTurn> Begun => _begun.Task;

        public Task<PeerOutcome> RunAsync(ChunkTurn turn)
        {
            _turn = turn;
            _begun.SetResult(turn);
            return _ended.Task;
        }

        public void End(TimeSpan took)
        {
            _turn!.Ended(ChunkBytes, took);
            _ended.SetResult(new PeerOutcome.Stored(WasThere: false));
        }
    }
}
