using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Dsl;

public static class Flow
{
    public static Flow<T, T, NotUsed> Create<T>() => FromGraph(StageOf.Flow<T, T>("Identity", Operators.Identity));

    public static Flow<TIn, TOut, NotUsed> FromFunction<TIn, TOut>(Func<TIn, TOut> function) =>
        FromGraph(Operators.Select(function));

    public static Flow<TIn, TOut, TMat> FromGraph<TIn, TOut, TMat>(IGraph<FlowShape<TIn, TOut>, TMat> graph) =>
        graph as Flow<TIn, TOut, TMat> ?? new Flow<TIn, TOut, TMat>(Module.Of(graph));
}

/// <summary>A graph with one open inlet and one open outlet.</summary>
public sealed class Flow<TIn, TOut, TMat> : IGraph<FlowShape<TIn, TOut>, TMat>
{
    private readonly Module _module;

    internal Flow(Module module) => _module = module;

    public FlowShape<TIn, TOut> Shape => (FlowShape<TIn, TOut>)_module.Shape;

    public IModule Module => _module;

    public Flow<TIn, T2, TMat> Via<T2, TMat2>(IGraph<FlowShape<TOut, T2>, TMat2> flow) =>
        ViaMaterialized(flow, Keep.Left);

    public Flow<TIn, TOut2, TMat3> ViaMaterialized<TOut2, TMat2, TMat3>(
        IGraph<FlowShape<TOut, TOut2>, TMat2> flow, Func<TMat, TMat2, TMat3> combine)
    {
        var right = Implementation.Module.Copy(flow);
        var inner = (FlowShape<TOut, TOut2>)right.Shape;
        var shape = new FlowShape<TIn, TOut2>(Shape.Inlet, inner.Outlet);
        return new Flow<TIn, TOut2, TMat3>(
            Linking.Link(_module, Shape.Outlet, right, inner.Inlet, shape, combine));
    }

    public Sink<TIn, TMat3> ToMaterialized<TMat2, TMat3>(
        IGraph<SinkShape<TOut>, TMat2> sink, Func<TMat, TMat2, TMat3> combine)
    {
        var right = Implementation.Module.Copy(sink);
        return new Sink<TIn, TMat3>(Linking.Link(
            _module, Shape.Outlet, right, right.Shape.Inlets[0], new SinkShape<TIn>(Shape.Inlet), combine));
    }

    public Flow<TIn, TOut, TMat> WithAttributes(Attributes attributes) => new(_module.WithAttributes(attributes));

    public Flow<TIn, TOut, TMat> AddAttributes(Attributes attributes) => WithAttributes(_module.Attributes.And(attributes));

    public Flow<TIn, TOut, TMat> Async() => AddAttributes(Attributes.CreateAsyncBoundary());

    public override string ToString() => $"Flow({Shape})";
}
