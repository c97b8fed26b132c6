using Akka.Streams.Implementation;

namespace Akka.Streams.Dsl;

/// <summary>A graph with one open outlet.</summary>
public sealed class Source<TOut, TMat> : IGraph<SourceShape<TOut>, TMat>
{
    private readonly Module _module;

    internal Source(Module module) => _module = module;

    public SourceShape<TOut> Shape => (SourceShape<TOut>)_module.Shape;

    public IModule Module => _module;

    public Source<T2, TMat> Via<T2, TMat2>(IGraph<FlowShape<TOut, T2>, TMat2> flow) =>
        ViaMaterialized(flow, Keep.Left);

    public Source<TOut2, TMat3> ViaMaterialized<TOut2, TMat2, TMat3>(
        IGraph<FlowShape<TOut, TOut2>, TMat2> flow, Func<TMat, TMat2, TMat3> combine)
    {
        var right = Implementation.Module.Copy(flow);
        var shape = (FlowShape<TOut, TOut2>)right.Shape;
        return new Source<TOut2, TMat3>(Linking.Link(
            _module, Shape.Outlet, right, shape.Inlet, new SourceShape<TOut2>(shape.Outlet), combine));
    }

    public IRunnableGraph<TMat> To<TMat2>(IGraph<SinkShape<TOut>, TMat2> sink) => ToMaterialized(sink, Keep.Left);

    public IRunnableGraph<TMat3> ToMaterialized<TMat2, TMat3>(
        IGraph<SinkShape<TOut>, TMat2> sink, Func<TMat, TMat2, TMat3> combine)
    {
        var right = Implementation.Module.Copy(sink);
        return new RunnableGraph<TMat3>(Linking.Link(
            _module, Shape.Outlet, right, right.Shape.Inlets[0], ClosedShape.Instance, combine));
    }

    public TMat2 RunWith<TMat2>(IGraph<SinkShape<TOut>, TMat2> sink, IMaterializer materializer) =>
        ToMaterialized(sink, Keep.Right).Run(materializer);

    public Task<TOut2> RunAggregate<TOut2>(
        TOut2 zero, Func<TOut2, TOut, TOut2> aggregate, IMaterializer materializer) =>
        RunWith(Sink.Aggregate(zero, aggregate), materializer);

    public Task RunForeach(Action<TOut> action, IMaterializer materializer) =>
        RunWith(Sink.ForEach(action), materializer);

    public Source<TOut, TMat> WithAttributes(Attributes attributes) => new(_module.WithAttributes(attributes));

    public Source<TOut, TMat> AddAttributes(Attributes attributes) => WithAttributes(_module.Attributes.And(attributes));

    public Source<TOut, TMat> Async() => AddAttributes(Attributes.CreateAsyncBoundary());

    public override string ToString() => $"Source({Shape})";
}
