using Akka.Streams.Implementation.Stages;

namespace Akka.Streams;

/// <summary>Ends from outside the streams that it is built into.</summary>
public interface IKillSwitch
{
    /// <summary>Completes downstream and cancels upstream.</summary>
    void Shutdown();

    /// <summary>Fails downstream and cancels upstream.</summary>
    void Abort(Exception cause);
}

public static class KillSwitches
{
    /// <summary>A switch per materialization.</summary>
    public static IGraph<FlowShape<T, T>, UniqueKillSwitch> Single<T>() =>
        StageOf.Flow<T, T, UniqueKillSwitch>("KillSwitch", shape =>
        {
            var killSwitch = new UniqueKillSwitch();
            return (new KillSwitchLogic<T>(shape, killSwitch.State), killSwitch);
        });

    /// <summary>One switch for every stream that its flow is part of.</summary>
    public static SharedKillSwitch Shared(string name) => new(name);
}

public sealed class UniqueKillSwitch : IKillSwitch
{
    internal UniqueKillSwitch()
    {
    }

    internal KillSwitchState State { get; } = new();

    public void Shutdown() => State.Throw(null);

    public void Abort(Exception cause) => State.Throw(cause);

    public override string ToString() => "SingleKillSwitch";
}

public sealed class SharedKillSwitch : IKillSwitch
{
    private readonly string _name;
    private readonly KillSwitchState _state = new();

    internal SharedKillSwitch(string name) => _name = name;

    public void Shutdown() => _state.Throw(null);

    public void Abort(Exception cause) => _state.Throw(cause);

    public IGraph<FlowShape<T, T>, SharedKillSwitch> Flow<T>() =>
        StageOf.Flow<T, T, SharedKillSwitch>("KillSwitch", shape => (new KillSwitchLogic<T>(shape, _state), this));

    public override string ToString() => $"KillSwitch({_name})";
}
