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
        IGraph<TShape, TMaterialized> WithAttributes(Attributes attributes);

        IGraph<TShape, TMaterialized> AddAttributes(Attributes attributes);

        IGraph<TShape, TMaterialized> Named(string name);

        IGraph<TShape, TMaterialized> Async();
    }
}

namespace Akka.Streams.Implementation
{
    public interface IModule
    {
        Shape Shape { get; }

        Attributes Attributes { get; }
    }

    /// <summary>A graph that is nothing but its module.</summary>
    internal sealed class ModuleGraph<TShape, TMat>(Module module) : IGraph<TShape, TMat>
        where TShape : Shape
    {
        public TShape Shape => (TShape)module.Shape;

        public IModule Module => module;

        public IGraph<TShape, TMat> WithAttributes(Attributes attributes) =>
            new ModuleGraph<TShape, TMat>(module.WithAttributes(attributes));

        public IGraph<TShape, TMat> AddAttributes(Attributes attributes) =>
            WithAttributes(module.Attributes.And(attributes));

        public IGraph<TShape, TMat> Named(string name) => AddAttributes(Attributes.CreateName(name));

        public IGraph<TShape, TMat> Async() => AddAttributes(Attributes.CreateAsyncBoundary());
    }
}
