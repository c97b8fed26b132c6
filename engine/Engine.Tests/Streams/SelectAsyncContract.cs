using Akka.Streams.Dsl;

namespace Engine.Tests.Streams;

public sealed class SelectAsyncContract(StreamsSystem streams) : IClassFixture<StreamsSystem>
{
    [Fact(Timeout = 5000)]
    public async Task Results_come_in_the_order_of_the_elements()
    {
        var tasks = Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource<int>()).ToArray();
        var result = Source.From(Enumerable.Range(0, 4)).SelectAsync(4, n => tasks[n].Task).ToArrayAsync(streams);

        foreach (var n in new[] { 3, 1, 2, 0 })
        {
            tasks[n].SetResult(n);
        }

        Assert.Equal(Enumerable.Range(0, 4), await result);
    }

    [Fact(Timeout = 5000)]
    public async Task No_more_than_so_many_run_at_once()
    {
        var (running, most) = (0, 0);

        var result = await Source.From(Enumerable.Range(0, 40)).SelectAsync(3, RunAsync).ToArrayAsync(streams);

        Assert.Equal(Enumerable.Range(0, 40), result);
        Assert.InRange(most, 1, 3);

        async Task<int> RunAsync(int n)
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Delay(1);
            Interlocked.Decrement(ref running);
            return n;
        }
    }

    [Fact(Timeout = 5000)]
    public async Task A_failed_task_fails_the_stream()
    {
        var boom = new InvalidOperationException("boom");
        var result = Source.From([1, 2, 3]).SelectAsync(2, n => n == 2 ? Task.FromException<int>(boom) : Task.FromResult(n))
            .ToArrayAsync(streams);

        Assert.Same(boom, await Assert.ThrowsAsync<InvalidOperationException>(() => result));
    }
}
