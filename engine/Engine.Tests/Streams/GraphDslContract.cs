using Akka.Streams;
using Akka.Streams.Dsl;

namespace Engine.Tests.Streams;

public sealed class GraphDslContract(StreamsSystem streams) : IClassFixture<StreamsSystem>
{
    [Fact(Timeout = 5000)]
    public async Task A_broadcast_reaches_every_branch()
    {
        var both = GraphDsl.Create(Sink.Seq<int>(), Sink.Seq<string>(), Keep.Both, (builder, numbers, texts) =>
        {
            var broadcast = builder.Add(new Broadcast<int>(2));
            builder.From(broadcast.Out(0)).To(numbers);
            builder.From(broadcast.Out(1)).Via(Flow.FromFunction<int, string>(n => $"{n}")).To(texts);
            return new SinkShape<int>(broadcast.In);
        });

        var (numbers, texts) = Source.From([1, 2, 3]).RunWith(both, streams.Materializer);

        Assert.Equal(Enumerable.Range(1, 3), await numbers);
        Assert.Equal("1,2,3", string.Join(",", await texts));
    }

    [Fact(Timeout = 5000)]
    public async Task A_broadcast_goes_on_without_a_branch_that_has_cancelled()
    {
        var both = GraphDsl.Create(Sink.First<int>(), Sink.Seq<int>(), Keep.Both, (builder, first, all) =>
        {
            var broadcast = builder.Add(new Broadcast<int>(2));
            builder.From(broadcast).To(first);
            builder.From(broadcast).To(all);
            return new SinkShape<int>(broadcast.In);
        });

        var (first, all) = Source.From([1, 2, 3]).RunWith(both, streams.Materializer);

        Assert.Equal(1, await first);
        Assert.Equal(Enumerable.Range(1, 3), await all);
    }

    [Theory(Timeout = 5000)]
    [InlineData(false), InlineData(true)]
    public async Task Work_of_several_branches_is_merged(bool isAsync)
    {
        var worker = Flow.FromFunction<int, int>(n => 2 * n);
        var branches = GraphDsl.Create(builder =>
        {
            var broadcast = builder.Add(new Broadcast<int>(3));
            var merge = builder.Add(new Merge<int>(3));
            for (var i = 0; i < 3; i++)
            {
                builder.From(broadcast.Out(i)).Via(isAsync ? worker.Async() : worker).To(merge.In(i));
            }

            return new FlowShape<int, int>(broadcast.In, merge.Out);
        });

        var result = await Source.From(Enumerable.Range(0, 100)).Via(branches).ToArrayAsync(streams);

        Assert.Equal(Enumerable.Range(0, 300).Select(n => n / 3 * 2), result.Order());
    }

    [Fact(Timeout = 5000)]
    public async Task A_closed_graph_runs()
    {
        var graph = RunnableGraph.FromGraph(GraphDsl.Create(Sink.Seq<int>(), (builder, sink) =>
        {
            var concat = builder.Add(Concat.Create<int>(3));
            for (var start = 1; start < 30; start += 10)
            {
                var source = builder.Add(Source.From(Enumerable.Range(start, 2)));
                builder.From(source).To(concat);
            }

            builder.From(concat).To(sink);
            return ClosedShape.Instance;
        }));

        Assert.Equal("1,2,11,12,21,22", string.Join(",", await graph.Run(streams.Materializer)));
    }

    [Fact]
    public void A_port_that_leads_nowhere_is_refused()
    {
        Assert.ThrowsAny<Exception>(() => RunnableGraph.FromGraph(GraphDsl.Create(builder =>
        {
            var broadcast = builder.Add(new Broadcast<int>(2));
            builder.From(builder.Add(Source.Single(1))).To(broadcast.In);
            builder.From(broadcast.Out(0)).To(builder.Add(Sink.Ignore<int>()));
            return ClosedShape.Instance;
        })).Run(streams.Materializer));
    }
}
