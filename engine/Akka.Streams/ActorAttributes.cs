using Akka.Streams.Supervision;

namespace Akka.Streams;

public static class ActorAttributes
{
    public static Attributes CreateSupervisionStrategy(Decider strategy) => new(new SupervisionStrategy(strategy));

    /// <summary>Runs the islands below it on this dispatcher.</summary>
    public sealed class Dispatcher(string name) : Attributes.IMandatoryAttribute
    {
        public readonly string Name = name;

        public override bool Equals(object? obj) => obj is Dispatcher other && other.Name == Name;

        public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

        public override string ToString() => $"Dispatcher({Name})";
    }

    public sealed class SupervisionStrategy(Decider decider) : Attributes.IMandatoryAttribute
    {
        public readonly Decider Decider = decider;

        public override string ToString() => "SupervisionStrategy";
    }
}
