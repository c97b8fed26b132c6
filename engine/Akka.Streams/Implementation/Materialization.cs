namespace Akka.Streams.Implementation;

/// <summary>One run of a blueprint into islands of stages; nothing runs yet.</summary>
internal sealed class Materialization(ActorMaterializer materializer)
{
    private readonly List<Island> _islands = [];

    public static (IReadOnlyList<Island> Islands, TMat Value) Of<TMat>(
        ActorMaterializer materializer, IGraph<ClosedShape, TMat> graph, Attributes attributes)
    {
        var session = new Materialization(materializer);
        var module = (Module)graph.Module;
        var root = session.NewIsland(attributes.And(module.Attributes));
        var built = module.Materialize(session, attributes, root);
        session._islands.RemoveAll(island => island.IsEmpty);
        return (session._islands, (TMat)built.Value!);
    }

    public Island NewIsland(Attributes attributes)
    {
        var island = new Island(materializer, attributes);
        _islands.Add(island);
        return island;
    }

    public void Connect(PortEnd<Outlet> from, PortEnd<Inlet> to)
    {
        if (from.Island == to.Island)
        {
            from.Island.Connect(from, to);
            return;
        }

        var buffer = to.Attributes.GetMandatoryAttribute<Attributes.InputBuffer>();
        var (upstream, downstream) = from.Port.CreateBoundary(from.Island, to.Island, buffer.Max);
        from.Island.Connect(from, upstream);
        to.Island.Connect(downstream, to);
    }
}
