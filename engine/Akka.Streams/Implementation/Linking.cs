using Akka.Streams.Dsl;

namespace Akka.Streams.Implementation;

/// <summary>Blueprints made of two.</summary>
internal static class Linking
{
    /// <param name="left">Used as it is; the right is to be a copy.</param>
    public static Module Link<TLeft, TRight, TMat>(
        Module left, Outlet from, Module right, Inlet to, Shape shape, Func<TLeft, TRight, TMat> combine) =>
        new CompositeModule(
            shape, [left, right], [(from, to)], values => combine((TLeft)values[0]!, (TRight)values[1]!));

    /// <summary>A flow that joins another source by a junction of two inlets.</summary>
    public static IGraph<FlowShape<TIn, TOut>, TMat> Join<TIn, TOther, TOut, TMat>(
        IGraph<FanInShape<TOut>> junction, Inlet<TIn> first, Inlet second, IGraph<SourceShape<TOther>, TMat> other)
    {
        var source = Module.Copy(other);
        var shape = new FlowShape<TIn, TOut>(first, junction.Shape.Out);
        return new ModuleGraph<FlowShape<TIn, TOut>, TMat>(Link<TMat, NotUsed, TMat>(
            source, source.Shape.Outlets[0], Module.Of(junction), second, shape, Keep.Left));
    }
}
