using Akka.Streams.Implementation;

namespace Akka.Streams;

/// <summary>Where elements enter a stage.</summary>
public abstract class InPort
{
    /// <summary>Position among the inlets of its stage; set when the stage's module is made.</summary>
    internal int Id { get; set; } = -1;
}

/// <summary>Where elements leave a stage.</summary>
public abstract class OutPort
{
    internal int Id { get; set; } = -1;
}

public abstract class Inlet : InPort
{
    public readonly string Name;

    protected Inlet(string name) => Name = name;

    internal abstract Type ElementType { get; }

    public abstract Inlet CarbonCopy();

    public override string ToString() => Name;
}

public sealed class Inlet<T>(string name) : Inlet(name)
{
    internal override Type ElementType => typeof(T);

    public override Inlet CarbonCopy() => new Inlet<T>(Name);
}

public abstract class Outlet : OutPort
{
    public readonly string Name;

    protected Outlet(string name) => Name = name;

    internal abstract Type ElementType { get; }

    /// <summary>An outlet knows the element type, so that slots and buffers hold elements without boxing.</summary>
    internal abstract Connection CreateConnection();

    internal abstract (PortEnd<Inlet> Upstream, PortEnd<Outlet> Downstream) CreateBoundary(
        Island from, Island to, int capacity);

    public abstract Outlet CarbonCopy();

    public override string ToString() => Name;
}

public sealed class Outlet<T>(string name) : Outlet(name)
{
    internal override Type ElementType => typeof(T);

    internal override Connection CreateConnection() => new Connection<T>();

    internal override (PortEnd<Inlet> Upstream, PortEnd<Outlet> Downstream) CreateBoundary(
        Island from, Island to, int capacity) => AsyncBoundary<T>.Connect(from, to, capacity);

    public override Outlet CarbonCopy() => new Outlet<T>(Name);
}
