using Akka.Streams.Implementation;

namespace Akka.Streams
{
    /// <summary>A blueprint with open ports; nothing runs before it is materialized.</summary>
    public interface IGraph<out TShape>
        where TShape : Shape
    {
        TShape Shape { get; }

        IModule Module { get; }
    }

    public interface IGraph<out TShape, out TMaterialized> : IGraph<TShape>
        where TShape : Shape
    {
    }
}

namespace Akka.Streams.Implementation
{
    public interface IModule
    {
    }

    /// <summary>A graph that is nothing but its module.</summary>
    internal sealed class ModuleGraph<TShape, TMat>(Module module) : IGraph<TShape, TMat>
        where TShape : Shape
    {
        public TShape Shape => (TShape)module.Shape;

        public IModule Module => module;
    }
}
