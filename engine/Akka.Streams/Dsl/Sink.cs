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

    public static Sink<TIn, Task<TIn>> FirstOrDefault<TIn>() => One<TIn>("FirstOrDefault", isFirst: true, throwOnDefault: false);

    public static Sink<TIn, Task<TIn>> Last<TIn>() => One<TIn>("Last", isFirst: false, throwOnDefault: true);

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

    /// <summary>Elements are taken one by one from outside; the input buffer bounds what waits.</summary>
    public static Sink<TIn, ISinkQueue<TIn>> Queue<TIn>() =>
        FromGraph(StageOf.Sink<TIn, ISinkQueue<TIn>>("Queue", shape =>
        {
            var logic = new QueueSinkLogic<TIn>(shape);
            return (logic, logic);
        }));

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

    public Sink<TIn, TMat2> MapMaterializedValue<TMat2>(Func<TMat, TMat2> fn) => new(Linking.Map(_module, fn));

    public Sink<TIn, TMat> WithAttributes(Attributes attributes) => new(_module.WithAttributes(attributes));

    public Sink<TIn, TMat> AddAttributes(Attributes attributes) => WithAttributes(_module.Attributes.And(attributes));

    public Sink<TIn, TMat> Named(string name) => AddAttributes(Attributes.CreateName(name));

    public Sink<TIn, TMat> Async() => AddAttributes(Attributes.CreateAsyncBoundary());

    public override string ToString() => $"Sink({Shape})";

    IGraph<SinkShape<TIn>, TMat> IGraph<SinkShape<TIn>, TMat>.WithAttributes(Attributes attributes) => WithAttributes(attributes);

    IGraph<SinkShape<TIn>, TMat> IGraph<SinkShape<TIn>, TMat>.AddAttributes(Attributes attributes) => AddAttributes(attributes);

    IGraph<SinkShape<TIn>, TMat> IGraph<SinkShape<TIn>, TMat>.Named(string name) => Named(name);

    IGraph<SinkShape<TIn>, TMat> IGraph<SinkShape<TIn>, TMat>.Async() => Async();
}
