using System.Collections.Immutable;

namespace Akka.Streams;

/// <summary>The ports of a graph.</summary>
public abstract class Shape
{
    public abstract ImmutableArray<Inlet> Inlets { get; }

    public abstract ImmutableArray<Outlet> Outlets { get; }

    /// <summary>The same shape with ports of its own, in the same order.</summary>
    public abstract Shape DeepCopy();

    public abstract Shape CopyFromPorts(ImmutableArray<Inlet> inlets, ImmutableArray<Outlet> outlets);

    public override string ToString() =>
        $"{GetType().Name}([{string.Join(", ", Inlets)}] [{string.Join(", ", Outlets)}])";
}

public class ClosedShape : Shape
{
    public static readonly ClosedShape Instance = new();

    private ClosedShape()
    {
    }

    public override ImmutableArray<Inlet> Inlets => [];

    public override ImmutableArray<Outlet> Outlets => [];

    public override Shape DeepCopy() => this;

    public override Shape CopyFromPorts(ImmutableArray<Inlet> inlets, ImmutableArray<Outlet> outlets) => this;
}

public sealed class SourceShape<TOut>(Outlet<TOut> outlet) : Shape
{
    public readonly Outlet<TOut> Outlet = outlet;

    public override ImmutableArray<Inlet> Inlets => [];

    public override ImmutableArray<Outlet> Outlets => [Outlet];

    public override Shape DeepCopy() => new SourceShape<TOut>((Outlet<TOut>)Outlet.CarbonCopy());

    public override Shape CopyFromPorts(ImmutableArray<Inlet> inlets, ImmutableArray<Outlet> outlets) =>
        new SourceShape<TOut>((Outlet<TOut>)outlets.Single());
}

public sealed class FlowShape<TIn, TOut>(Inlet<TIn> inlet, Outlet<TOut> outlet) : Shape
{
    public Inlet<TIn> Inlet { get; } = inlet;

    public Outlet<TOut> Outlet { get; } = outlet;

    public override ImmutableArray<Inlet> Inlets => [Inlet];

    public override ImmutableArray<Outlet> Outlets => [Outlet];

    public override Shape DeepCopy() =>
        new FlowShape<TIn, TOut>((Inlet<TIn>)Inlet.CarbonCopy(), (Outlet<TOut>)Outlet.CarbonCopy());

    public override Shape CopyFromPorts(ImmutableArray<Inlet> inlets, ImmutableArray<Outlet> outlets) =>
        new FlowShape<TIn, TOut>((Inlet<TIn>)inlets.Single(), (Outlet<TOut>)outlets.Single());
}

public sealed class SinkShape<TIn>(Inlet<TIn> inlet) : Shape
{
    public readonly Inlet<TIn> Inlet = inlet;

    public override ImmutableArray<Inlet> Inlets => [Inlet];

    public override ImmutableArray<Outlet> Outlets => [];

    public override Shape DeepCopy() => new SinkShape<TIn>((Inlet<TIn>)Inlet.CarbonCopy());

    public override Shape CopyFromPorts(ImmutableArray<Inlet> inlets, ImmutableArray<Outlet> outlets) =>
        new SinkShape<TIn>((Inlet<TIn>)inlets.Single());
}
