using Akka.Streams.Implementation;

namespace Akka.Streams.Dsl;

/// <summary>A blueprint without open ports; each run is a new stream.</summary>
public interface IRunnableGraph<out TMat> : IGraph<ClosedShape, TMat>
{
    TMat Run(IMaterializer materializer);
}

public sealed class RunnableGraph<TMat> : IRunnableGraph<TMat>
{
    private readonly Module _module;

    internal RunnableGraph(Module module) => _module = module;

    public ClosedShape Shape => ClosedShape.Instance;

    public IModule Module => _module;

    public TMat Run(IMaterializer materializer) => materializer.Materialize(this);
}

public static class RunnableGraph
{
    public static RunnableGraph<TMat> FromGraph<TMat>(IGraph<ClosedShape, TMat> g) =>
        g as RunnableGraph<TMat> ?? new RunnableGraph<TMat>((Module)g.Module);
}
