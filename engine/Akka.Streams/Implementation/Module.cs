using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>A port of a stage that exists in an island.</summary>
internal readonly record struct PortEnd<TPort>(
    TPort Port, GraphStageLogic Stage, Island Island, Attributes Attributes);

/// <summary>A materialized module: what its open ports have become, in the order of its shape, and its value.</summary>
internal sealed record Built(PortEnd<Inlet>[] Inlets, PortEnd<Outlet>[] Outlets, object? Value);

/// <summary>A part of a blueprint. Immutable; a module may occur in many graphs, but in each only once.</summary>
/// <remarks>Whoever imports a graph wraps its module in a <see cref="CopiedModule"/>, which has ports of its own.</remarks>
internal abstract class Module(Shape shape, Attributes attributes) : IModule
{
    public Shape Shape { get; } = shape;

    public Attributes Attributes { get; } = attributes;

    public static Module Of<TShape>(IGraph<TShape> graph)
        where TShape : Shape => (Module)graph.Module;

    public static Module Copy<TShape>(IGraph<TShape> graph)
        where TShape : Shape => new CopiedModule(graph.Shape.DeepCopy(), (Module)graph.Module, Attributes.None);

    public abstract Module WithAttributes(Attributes attributes);

    /// <summary>Builds the module inside its attributes, on an island of its own when it says so.</summary>
    public Built Materialize(Materialization session, Attributes inherited, Island island)
    {
        var effective = inherited.And(Attributes);
        return Attributes.GetAttribute<Attributes.AsyncBoundary>() == null
            ? Build(session, effective, island)
            : Build(session, effective, session.NewIsland(effective));
    }

    protected abstract Built Build(Materialization session, Attributes attributes, Island island);
}

/// <summary>One stage.</summary>
internal sealed class StageModule<TShape, TMat>(
    IGraphStageWithMaterializedValue<TShape, TMat> stage, TShape shape, Attributes attributes)
    : Module(shape, attributes)
    where TShape : Shape
{
    public override Module WithAttributes(Attributes attributes) =>
        new StageModule<TShape, TMat>(stage, shape, attributes);

    protected override Built Build(Materialization session, Attributes attributes, Island island)
    {
        var created = stage.CreateLogicAndMaterializedValue(attributes);
        var logic = created.Logic;
        island.Add(logic, attributes);
        return new Built(
            [.. shape.Inlets.Select(inlet => new PortEnd<Inlet>(inlet, logic, island, attributes))],
            [.. shape.Outlets.Select(outlet => new PortEnd<Outlet>(outlet, logic, island, attributes))],
            created.MaterializedValue);
    }
}

/// <summary>The same module behind other ports.</summary>
internal sealed class CopiedModule(Shape shape, Module original, Attributes attributes) : Module(shape, attributes)
{
    public override Module WithAttributes(Attributes attributes) => new CopiedModule(Shape, original, attributes);

    protected override Built Build(Materialization session, Attributes attributes, Island island) =>
        original.Materialize(session, attributes, island);
}

/// <summary>Parts and the wires between them. Ports are looked up once, when the blueprint is made.</summary>
internal sealed class CompositeModule : Module
{
    private readonly Module[] _parts;
    private readonly (PortIndex From, PortIndex To)[] _wires;
    private readonly PortIndex[] _inlets;
    private readonly PortIndex[] _outlets;
    private readonly Func<object?[], object?> _combine;

    public CompositeModule(
        Shape shape, Module[] parts, IEnumerable<(Outlet From, Inlet To)> wires, Func<object?[], object?> combine)
        : base(shape, Attributes.None)
    {
        var ins = Index(parts, part => part.Shape.Inlets);
        var outs = Index(parts, part => part.Shape.Outlets);
        _parts = parts;
        _combine = combine;
        _wires = [.. wires.Select(wire => (Find(outs, wire.From), Find(ins, wire.To)))];
        _inlets = [.. shape.Inlets.Select(inlet => Find(ins, inlet))];
        _outlets = [.. shape.Outlets.Select(outlet => Find(outs, outlet))];
        if (ins.Count > 0 || outs.Count > 0)
        {
            throw new ArgumentException($"Ports are not connected: {string.Join(", ", [.. ins.Keys, .. outs.Keys])}");
        }
    }

    private CompositeModule(CompositeModule other, Attributes attributes)
        : base(other.Shape, attributes) =>
        (_parts, _wires, _inlets, _outlets, _combine) =
        (other._parts, other._wires, other._inlets, other._outlets, other._combine);

    public override Module WithAttributes(Attributes attributes) => new CompositeModule(this, attributes);

    protected override Built Build(Materialization session, Attributes attributes, Island island)
    {
        var built = Array.ConvertAll(_parts, part => part.Materialize(session, attributes, island));
        foreach (var (from, to) in _wires)
        {
            session.Connect(built[from.Part].Outlets[from.Port], built[to.Part].Inlets[to.Port]);
        }

        return new Built(
            Array.ConvertAll(_inlets, index => built[index.Part].Inlets[index.Port]),
            Array.ConvertAll(_outlets, index => built[index.Part].Outlets[index.Port]),
            _combine(Array.ConvertAll(built, part => part.Value)));
    }

    private static Dictionary<object, PortIndex> Index<TPort>(Module[] parts, Func<Module, IEnumerable<TPort>> ports)
        where TPort : class
    {
        var index = new Dictionary<object, PortIndex>(ReferenceEqualityComparer.Instance);
        for (var part = 0; part < parts.Length; part++)
        {
            var number = 0;
            foreach (var port in ports(parts[part]))
            {
                index.Add(port, new PortIndex(part, number++));
            }
        }

        return index;
    }

    private static PortIndex Find(Dictionary<object, PortIndex> index, object port) =>
        index.Remove(port, out var found)
            ? found
            : throw new ArgumentException($"Port {port} is not part of this graph, or is connected twice");

    private readonly record struct PortIndex(int Part, int Port);
}
