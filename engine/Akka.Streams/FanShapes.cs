using System.Collections.Immutable;

namespace Akka.Streams;

/// <summary>Several inlets, one outlet.</summary>
public abstract class FanInShape<TOut> : Shape
{
    private protected FanInShape(Outlet<TOut> outlet, ImmutableArray<Inlet> inlets) =>
        (Out, Inlets) = (outlet, inlets);

    public Outlet<TOut> Out { get; }

    public override ImmutableArray<Inlet> Inlets { get; }

    public override ImmutableArray<Outlet> Outlets => [Out];

    public override Shape DeepCopy() =>
        CopyFromPorts([.. Inlets.Select(inlet => inlet.CarbonCopy())], [Out.CarbonCopy()]);
}

public class UniformFanInShape<TIn, TOut>(Outlet<TOut> outlet, params Inlet<TIn>[] inlets)
    : FanInShape<TOut>(outlet, [.. inlets])
{
    public readonly int N = inlets.Length;

    public UniformFanInShape(int n, string name)
        : this(new Outlet<TOut>($"{name}.out"),
            [.. Enumerable.Range(0, n).Select(i => new Inlet<TIn>($"{name}.in{i}"))])
    {
    }

    public IImmutableList<Inlet<TIn>> Ins { get; } = inlets.ToImmutableList();

    public Inlet<TIn> In(int n) => Ins[n];

    public override Shape CopyFromPorts(ImmutableArray<Inlet> inlets, ImmutableArray<Outlet> outlets) =>
        new UniformFanInShape<TIn, TOut>((Outlet<TOut>)outlets[0], [.. inlets.Cast<Inlet<TIn>>()]);
}

/// <summary>One inlet, several outlets.</summary>
public abstract class FanOutShape<TIn> : Shape
{
    private protected FanOutShape(Inlet<TIn> inlet, ImmutableArray<Outlet> outlets) =>
        (In, Outlets) = (inlet, outlets);

    public Inlet<TIn> In { get; }

    public override ImmutableArray<Inlet> Inlets => [In];

    public override ImmutableArray<Outlet> Outlets { get; }

    public override Shape DeepCopy() =>
        CopyFromPorts([In.CarbonCopy()], [.. Outlets.Select(outlet => outlet.CarbonCopy())]);
}

public class UniformFanOutShape<TIn, TOut>(Inlet<TIn> inlet, params Outlet<TOut>[] outlets)
    : FanOutShape<TIn>(inlet, [.. outlets])
{
    public UniformFanOutShape(int n, string name)
        : this(new Inlet<TIn>($"{name}.in"),
            [.. Enumerable.Range(0, n).Select(i => new Outlet<TOut>($"{name}.out{i}"))])
    {
    }

    public IImmutableList<Outlet<TOut>> Outs { get; } = outlets.ToImmutableList();

    public Outlet<TOut> Out(int n) => Outs[n];

    public override Shape CopyFromPorts(ImmutableArray<Inlet> inlets, ImmutableArray<Outlet> outlets) =>
        new UniformFanOutShape<TIn, TOut>((Inlet<TIn>)inlets[0], [.. outlets.Cast<Outlet<TOut>>()]);
}
