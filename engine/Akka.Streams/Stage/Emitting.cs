namespace Akka.Streams.Stage;

internal interface IEmitting
{
    void CompleteAfterwards();
}

/// <summary>Stands in for an outlet's handler until everything that was emitted is pushed.</summary>
internal sealed class Emitting<T>(GraphStageLogic logic, Outlet<T> outlet, IOutHandler previous)
    : IOutHandler, IEmitting
{
    private readonly Queue<(IEnumerator<T> Elements, Action AndThen)> _waiting = new();
    private bool _completes;

    public IOutHandler Previous { get; private set; } = previous;

    private bool IsInstalled => ReferenceEquals(logic.HandlerOf(outlet), this);

    /// <summary>Starts with the first element if it can be pushed at once, or queues behind what is emitted.</summary>
    public void Add(IEnumerator<T> elements, Action andThen, bool canPush)
    {
        if (!elements.MoveNext())
        {
            andThen();
            return;
        }

        if (canPush && !IsInstalled)
        {
            logic.Push(outlet, elements.Current);
            if (!elements.MoveNext())
            {
                andThen();
                return;
            }
        }

        _waiting.Enqueue((elements, andThen));
        if (!IsInstalled)
        {
            logic.SetHandler(outlet, this);
        }
    }

    public void CompleteAfterwards() => _completes = true;

    public void OnPull()
    {
        var (elements, andThen) = _waiting.Peek();
        logic.Push(outlet, elements.Current);
        if (elements.MoveNext())
        {
            return;
        }

        _waiting.Dequeue();
        if (_waiting.Count > 0)
        {
            andThen();
            Reinstall();
        }
        else if (_completes)
        {
            logic.SetHandler(outlet, Previous);
            logic.CompleteNow(outlet);
        }
        else
        {
            logic.SetHandler(outlet, Previous);
            andThen();
        }
    }

    public void OnDownstreamFinish(Exception cause) => Previous.OnDownstreamFinish(cause);

    // The continuation may have set another handler: that one is for later.
    private void Reinstall()
    {
        if (!IsInstalled)
        {
            Previous = logic.HandlerOf(outlet);
            logic.SetHandler(outlet, this);
        }
    }
}
