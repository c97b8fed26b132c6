using Akka.Util;

namespace Akka.Actor.Setup;

/// <summary>A typed piece of start-up settings, for what a configuration text cannot hold.</summary>
public abstract class Setup
{
}

/// <summary>At most one piece of each type. Immutable.</summary>
public sealed class ActorSystemSetup
{
    public static readonly ActorSystemSetup Empty = new([]);

    private readonly Dictionary<Type, Setup> _byType;

    private ActorSystemSetup(Dictionary<Type, Setup> byType) => _byType = byType;

    public static ActorSystemSetup Create(params Setup[] setup)
    {
        var byType = new Dictionary<Type, Setup>();
        foreach (var one in setup)
        {
            byType[one.GetType()] = one;
        }

        return new ActorSystemSetup(byType);
    }

    public Option<T> Get<T>() where T : Setup =>
        _byType.TryGetValue(typeof(T), out var found) ? Option<T>.Create((T)found) : Option<T>.None;

    public ActorSystemSetup WithSetup<T>(T setup) where T : Setup => Create([.. _byType.Values, setup]);

    public ActorSystemSetup And<T>(T setup) where T : Setup => WithSetup(setup);

    public override string ToString() => $"ActorSystemSetup({string.Join(',', _byType.Keys.Select(type => type.Name))})";
}
