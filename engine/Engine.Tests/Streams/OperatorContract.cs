using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Supervision;
using Akka.Util;

namespace Engine.Tests.Streams;

/// <summary>What each operator makes of its elements, of the end and of a failure.</summary>
public sealed class OperatorContract(StreamsSystem streams) : IClassFixture<StreamsSystem>
{
    private static readonly InvalidOperationException Boom = new("boom");

    private static Source<int, Akka.NotUsed> Numbers(int count) => Source.From(Enumerable.Range(1, count));

    [Fact(Timeout = 5000)]
    public async Task Sources_emit_what_they_say()
    {
        await YieldsAsync([7], Source.Single(7));
        Assert.Empty(await StreamsTestExtensions.Empty.ToArrayAsync(streams));
        await YieldsAsync([2, 4, 6], Numbers(3).Select(n => 2 * n));
        await YieldsAsync([1, 2, 4, 8], Source.UnfoldAsync(1, n => Task.FromResult(Double(n))));
        await YieldsAsync([1, 2, 3], Source.From(Delayed));
        await Assert.ThrowsAsync<InvalidOperationException>(() => StreamsTestExtensions.Failing(Boom).ToArrayAsync(streams));

        static Option<(int, int)> Double(int n) => n > 8 ? Option<(int, int)>.None : Option<(int, int)>.Create((2 * n, n));

        static async IAsyncEnumerable<int> Delayed()
        {
            for (var n = 1; n <= 3; n++)
            {
                await Task.Yield();
                yield return n;
            }
        }
    }

    [Fact(Timeout = 5000)]
    public async Task Sinks_answer_with_their_result()
    {
        var materializer = streams.Materializer;
        var seen = new List<int>();

        Assert.Equal(1, await Numbers(3).RunWith(Sink.First<int>(), materializer));
        Assert.Equal(6, await Numbers(3).RunWith(Sink.Aggregate<int, int>(0, (sum, n) => sum + n), materializer));
        Assert.Equal(6, await Numbers(3).RunAggregate(0, (sum, n) => sum + n, materializer));
        await Numbers(3).RunForeach(seen.Add, materializer);
        Assert.Equal(Enumerable.Range(1, 3), seen);
        await Numbers(3).RunWith(Sink.Ignore<int>(), materializer);
        await Assert.ThrowsAsync<NoSuchElementException>(() => StreamsTestExtensions.Empty.RunWith(Sink.First<int>(), materializer));
    }

    [Fact(Timeout = 5000)]
    public async Task Two_sources_join()
    {
        await YieldsAsync([1, 2, 8, 9], Numbers(2).Concat(Source.From([8, 9])));
        Assert.Equal(18, (await Numbers(2).Merge(Source.From([7, 8])).ToArrayAsync(streams)).Sum());
    }

    [Theory(Timeout = 5000)]
    [InlineData(Directive.Stop, "")]
    [InlineData(Directive.Resume, "6")]
    [InlineData(Directive.Restart, "3")]
    public async Task Supervision_decides_what_an_exception_does(Directive directive, string sum)
    {
        var supervised = Source.From([1, 2, 7, 3])
            .Via(Flow.Create<int>().Aggregate(0, (sum, n) => n == 7 ? throw Boom : sum + n))
            .WithAttributes(ActorAttributes.CreateSupervisionStrategy(_ => directive));

        if (directive == Directive.Stop)
        {
            Assert.Same(Boom, await Assert.ThrowsAsync<InvalidOperationException>(() => supervised.ToArrayAsync(streams)));
        }
        else
        {
            Assert.Equal(sum, string.Join(",", await supervised.ToArrayAsync(streams)));
        }
    }

    [Fact(Timeout = 5000)]
    public async Task A_resumed_stage_drops_the_element_only()
    {
        var resuming = ActorAttributes.CreateSupervisionStrategy(Deciders.ResumingDecider);
        int[] expected = [1, 3];

        await YieldsAsync(expected, Numbers(3).Select(Fussy).WithAttributes(resuming));
        await YieldsAsync(expected, Numbers(3).SelectAsync(2, n => Task.Run(() => Fussy(n))).WithAttributes(resuming));

        static int Fussy(int n) => n == 2 ? throw Boom : n;
    }

    [Fact(Timeout = 5000)]
    public async Task Flows_compose_and_are_reused()
    {
        var plusOne = Flow.FromFunction<int, int>(n => n + 1);
        var sum = plusOne.Via(plusOne).ToMaterialized(Sink.Aggregate<int, int>(0, (total, n) => total + n), Keep.Right);

        Assert.Equal(12, await Numbers(3).Via(plusOne).Select(n => n - 1).RunWith(sum, streams.Materializer));
        Assert.Equal(12, await Numbers(3).RunWith(sum, streams.Materializer));
    }

    [Fact(Timeout = 5000)]
    public async Task Values_are_combined_as_told()
    {
        var graph = Source.Queue<int>(1, OverflowStrategy.Fail).ViaMaterialized(new EndStage<int>(), Keep.Both)
            .ToMaterialized(Sink.First<int>(), (both, sink) => (both.Item1, both.Item2, sink));

        var (queue, ended, first) = graph.Run(streams.Materializer);
        await queue.OfferAsync(1);

        Assert.Equal(1, await first);
        await ended;
    }

    [Fact(Timeout = 5000)]
    public async Task A_null_element_fails_the_stream()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(() => Numbers(1).Select(_ => (string)null!).ToArrayAsync(streams));
    }

    private async Task YieldsAsync<T, TMat>(T[] expected, Source<T, TMat> source) =>
        Assert.Equal(expected, await source.ToArrayAsync(streams));
}
