using Akka.Streams.Implementation;

namespace Akka.Streams.Dsl;

/// <summary>Graphs that are not a chain: add the parts, wire their ports, say what is left open.</summary>
public static class GraphDsl
{
    public static IGraph<TShape, NotUsed> Create<TShape>(Func<Builder<NotUsed>, TShape> buildBlock)
        where TShape : Shape
    {
        var builder = new Builder<NotUsed>();
        return builder.Build(buildBlock(builder), _ => NotUsed.Instance);
    }

    public static IGraph<TShapeOut, TMat> Create<TShapeOut, TMat, TShape1>(
        IGraph<TShape1, TMat> g1, Func<Builder<TMat>, TShape1, TShapeOut> buildBlock)
        where TShapeOut : Shape
        where TShape1 : Shape
    {
        var builder = new Builder<TMat>();
        return builder.Build(buildBlock(builder, builder.Add(g1)), values => values[0]);
    }

    public static IGraph<TShapeOut, TMatOut> Create<TShapeOut, TMatOut, TMat0, TMat1, TShape0, TShape1>(
        IGraph<TShape0, TMat0> g0,
        IGraph<TShape1, TMat1> g1,
        Func<TMat0, TMat1, TMatOut> combineMaterializers,
        Func<Builder<TMatOut>, TShape0, TShape1, TShapeOut> buildBlock)
        where TShapeOut : Shape
        where TShape0 : Shape
        where TShape1 : Shape
    {
        var builder = new Builder<TMatOut>();
        return builder.Build(
            buildBlock(builder, builder.Add(g0), builder.Add(g1)),
            values => combineMaterializers((TMat0)values[0]!, (TMat1)values[1]!));
    }

    public sealed class Builder<T>
    {
        private readonly List<Module> _parts = [];
        private readonly List<(Outlet From, Inlet To)> _wires = [];
        private readonly HashSet<object> _wired = [];

        internal Builder()
        {
        }

        /// <summary>Adds a copy of the graph; its own value is not kept.</summary>
        public TShape Add<TShape, TMat>(IGraph<TShape, TMat> graph)
            where TShape : Shape
        {
            var copy = Module.Copy(graph);
            _parts.Add(copy);
            return (TShape)copy.Shape;
        }

        public ForwardOps<TOut, T> From<TOut>(Outlet<TOut> outlet) => new(this, outlet);

        public ForwardOps<TOut, T> From<TOut>(SourceShape<TOut> source) => From(source.Outlet);

        public ForwardOps<TOut, T> From<TIn, TOut>(UniformFanInShape<TIn, TOut> fanIn) => From(fanIn.Out);

        /// <summary>From the first outlet that is still free.</summary>
        public ForwardOps<TOut, T> From<TIn, TOut>(UniformFanOutShape<TIn, TOut> fanOut) => From(Free(fanOut));

        internal Builder<T> Wire(Outlet from, Inlet to)
        {
            if (!_wired.Add(from) || !_wired.Add(to))
            {
                throw new ArgumentException($"Port {(_wired.Contains(to) ? to : from)} is already connected");
            }

            _wires.Add((from, to));
            return this;
        }

        internal Inlet<TIn> Free<TIn, TOut>(UniformFanInShape<TIn, TOut> fanIn) =>
            fanIn.Ins.FirstOrDefault(inlet => !_wired.Contains(inlet))
            ?? throw new ArgumentException($"No more inlets free on junction {fanIn}");

        internal Outlet<TOut> Free<TIn, TOut>(UniformFanOutShape<TIn, TOut> fanOut) =>
            fanOut.Outs.FirstOrDefault(outlet => !_wired.Contains(outlet))
            ?? throw new ArgumentException($"No more outlets free on junction {fanOut}");

        internal ModuleGraph<TShape, T> Build<TShape>(TShape shape, Func<object?[], object?> value)
            where TShape : Shape => new(new CompositeModule(shape, [.. _parts], _wires, value));
    }

    /// <summary>An outlet that waits for where it leads.</summary>
    public sealed class ForwardOps<TOut, TMat>
    {
        internal ForwardOps(Builder<TMat> builder, Outlet<TOut> outlet) => (Builder, Out) = (builder, outlet);

        public Outlet<TOut> Out { get; }

        internal Builder<TMat> Builder { get; }
    }
}

/// <summary>Connects an outlet and ends there, or goes on from what it was connected to.</summary>
public static class ForwardOps
{
    public static GraphDsl.Builder<TMat> To<TIn, TOut, TMat>(
        this GraphDsl.ForwardOps<TOut, TMat> ops, Inlet<TIn> inlet)
        where TIn : TOut => ops.Builder.Wire(ops.Out, inlet);

    public static GraphDsl.Builder<TMat> To<TIn, TOut, TMat>(
        this GraphDsl.ForwardOps<TOut, TMat> ops, SinkShape<TIn> sink)
        where TIn : TOut => ops.Builder.Wire(ops.Out, sink.Inlet);

    public static GraphDsl.Builder<TMat> To<TIn, TOut1, TOut2, TMat>(
        this GraphDsl.ForwardOps<TOut1, TMat> ops, UniformFanInShape<TIn, TOut2> junction)
        where TIn : TOut1 => ops.Builder.Wire(ops.Out, ops.Builder.Free(junction));

    public static GraphDsl.ForwardOps<TOut2, TMat> Via<TIn, TOut1, TOut2, TMat>(
        this GraphDsl.ForwardOps<TOut1, TMat> ops, FlowShape<TIn, TOut2> flow)
        where TIn : TOut1 => ops.Builder.Wire(ops.Out, flow.Inlet).From(flow.Outlet);

    public static GraphDsl.ForwardOps<TOut2, TMat> Via<TIn, TOut1, TOut2, TMat>(
        this GraphDsl.ForwardOps<TOut1, TMat> ops, IGraph<FlowShape<TIn, TOut2>, NotUsed> flow)
        where TIn : TOut1 => ops.Via(ops.Builder.Add(flow));
}
