namespace Akka.Streams.Implementation.Stages;

/// <summary>Whether a switch was thrown, and who wants to hear of it. The first throw counts.</summary>
internal sealed class KillSwitchState
{
    private readonly Lock _gate = new();
    private readonly HashSet<Action<Exception?>> _listeners = [];
    private (bool IsThrown, Exception? Cause) _thrown;

    public void Throw(Exception? cause)
    {
        Action<Exception?>[] listeners;
        lock (_gate)
        {
            if (_thrown.IsThrown)
            {
                return;
            }

            _thrown = (true, cause);
            listeners = [.. _listeners];
            _listeners.Clear();
        }

        Array.ForEach(listeners, listener => listener(cause));
    }

    public void Listen(Action<Exception?> listener)
    {
        lock (_gate)
        {
            if (!_thrown.IsThrown)
            {
                _listeners.Add(listener);
                return;
            }
        }

        listener(_thrown.Cause);
    }

    // A shared switch outlives many streams: they must not pile up in it.
    public void Forget(Action<Exception?> listener)
    {
        lock (_gate)
        {
            _listeners.Remove(listener);
        }
    }
}

internal sealed class KillSwitchLogic<T> : LinearLogic<T, T>
{
    private readonly KillSwitchState _state;
    private readonly Action<Exception?> _onThrown;

    public KillSwitchLogic(FlowShape<T, T> shape, KillSwitchState state)
        : base(shape)
    {
        _state = state;
        _onThrown = GetAsyncCallback<Exception?>(End);
    }

    public override void PreStart() => _state.Listen(_onThrown);

    public override void OnPush() => Push(Out, Grab(In));

    public override void PostStop() => _state.Forget(_onThrown);

    private void End(Exception? cause)
    {
        if (cause == null)
        {
            CompleteStage();
        }
        else
        {
            FailStage(cause);
        }
    }
}
