using System.Collections.Immutable;
using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Dsl;

public static class Sink
{
    public static Sink<TIn, TMat> FromGraph<TIn, TMat>(IGraph<SinkShape<TIn>, TMat> graph) =>
        graph as Sink<TIn, TMat> ?? new Sink<TIn, TMat>(Module.Of(graph));

    public static Sink<TIn, Task<Done>> Ignore<TIn>() => Of<TIn, Done>("Ignore", shape => new IgnoreLogic<TIn>(shape));

    public static Sink<TIn, Task<IImmutableList<TIn>>> Seq<TIn>() =>
        Of<TIn, IImmutableList<TIn>>("Seq", shape => new SeqLogic<TIn>(shape));

    public static Sink<TIn, Task<TIn>> First<TIn>() => One<TIn>("First", isFirst: true, throwOnDefault: true);

    public static Sink<TIn, Task<Done>> ForEach<TIn>(Action<TIn> action) =>
        Flow.FromFunction<TIn, NotUsed>(element =>
        {
            action(element);
            return NotUsed.Instance;
        }).ToMaterialized(Ignore<NotUsed>(), Keep.Right);

    public static Sink<TIn, Task<TOut>> Aggregate<TIn, TOut>(TOut zero, Func<TOut, TIn, TOut> aggregate) =>
        Flow.Create<TIn>().Aggregate(zero, aggregate).ToMaterialized(First<TOut>(), Keep.Right);

    public static Sink<TIn, NotUsed> Cancelled<TIn>() =>
        FromGraph(StageOf.Sink<TIn, NotUsed>("Cancelled", shape => (new CancelLogic<TIn>(shape), NotUsed.Instance)));

    private static Sink<TIn, Task<TIn>> One<TIn>(string name, bool isFirst, bool throwOnDefault) =>
        Of<TIn, TIn>(name, shape => new OneElementLogic<TIn>(shape, isFirst, throwOnDefault));

    private static Sink<TIn, Task<TResult>> Of<TIn, TResult>(
        string name, Func<SinkShape<TIn>, SinkLogic<TIn, TResult>> create) =>
        FromGraph(StageOf.Sink<TIn, Task<TResult>>(name, shape =>
        {
            var logic = create(shape);
            return (logic, logic.Result);
        }));
}

/// <summary>A graph with one open inlet.</summary>
public sealed class Sink<TIn, TMat> : IGraph<SinkShape<TIn>, TMat>
{
    private readonly Module _module;

    internal Sink(Module module) => _module = module;

    public SinkShape<TIn> Shape => (SinkShape<TIn>)_module.Shape;

    public IModule Module => _module;

    public override string ToString() => $"Sink({Shape})";
}
