using Akka.Actor;
using Akka.Streams.Implementation;

namespace Akka.Streams.Dsl;

/// <summary>A blueprint without open ports; each run is a new stream.</summary>
public interface IRunnableGraph<out TMat> : IGraph<ClosedShape, TMat>
{
    IRunnableGraph<TMat2> MapMaterializedValue<TMat2>(Func<TMat, TMat2> func);

    TMat Run(IMaterializer materializer);

    TMat Run(ActorSystem actorSystem);
}

public sealed class RunnableGraph<TMat> : IRunnableGraph<TMat>
{
    private readonly Module _module;

    internal RunnableGraph(Module module) => _module = module;

    public ClosedShape Shape => ClosedShape.Instance;

    public IModule Module => _module;

    public IRunnableGraph<TMat2> MapMaterializedValue<TMat2>(Func<TMat, TMat2> func) =>
        new RunnableGraph<TMat2>(Linking.Map(_module, func));

    public TMat Run(IMaterializer materializer) => materializer.Materialize(this);

    public TMat Run(ActorSystem actorSystem) => Run(actorSystem.Materializer());

    public IRunnableGraph<TMat> WithAttributes(Attributes attributes) =>
        new RunnableGraph<TMat>(_module.WithAttributes(attributes));

    public IRunnableGraph<TMat> AddAttributes(Attributes attributes) => WithAttributes(_module.Attributes.And(attributes));

    public IRunnableGraph<TMat> Named(string name) => AddAttributes(Attributes.CreateName(name));

    public IRunnableGraph<TMat> Async() => AddAttributes(Attributes.CreateAsyncBoundary());

    IGraph<ClosedShape, TMat> IGraph<ClosedShape, TMat>.WithAttributes(Attributes attributes) => WithAttributes(attributes);

    IGraph<ClosedShape, TMat> IGraph<ClosedShape, TMat>.AddAttributes(Attributes attributes) => AddAttributes(attributes);

    IGraph<ClosedShape, TMat> IGraph<ClosedShape, TMat>.Named(string name) => Named(name);

    IGraph<ClosedShape, TMat> IGraph<ClosedShape, TMat>.Async() => Async();
}

public static class RunnableGraph
{
    public static RunnableGraph<TMat> FromGraph<TMat>(IGraph<ClosedShape, TMat> g) =>
        g as RunnableGraph<TMat> ?? new RunnableGraph<TMat>((Module)g.Module);
}
