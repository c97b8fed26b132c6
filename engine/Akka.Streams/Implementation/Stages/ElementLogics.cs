namespace Akka.Streams.Implementation.Stages;

internal sealed class SelectLogic<TIn, TOut>(FlowShape<TIn, TOut> shape, Func<TIn, TOut> mapper)
    : LinearLogic<TIn, TOut>(shape)
{
    public override void OnPush()
    {
        try
        {
            Push(Out, mapper(Grab(In)));
        }
        catch (Exception failure)
        {
            if (Survives(failure))
            {
                TryPull(In);
            }
        }
    }
}

/// <summary>Emits one value, when the upstream is done.</summary>
internal sealed class AggregateLogic<TIn, TOut>(FlowShape<TIn, TOut> shape, TOut zero, Func<TOut, TIn, TOut> fold)
    : LinearLogic<TIn, TOut>(shape)
{
    private readonly TOut _zero = zero;
    private TOut _value = zero;

    public override void OnPush()
    {
        try
        {
            _value = fold(_value, Grab(In));
            Pull(In);
        }
        catch (Exception failure)
        {
            if (Survives(failure))
            {
                TryPull(In);
            }
        }
    }

    public override void OnPull()
    {
        if (IsClosed(In))
        {
            Push(Out, _value);
            CompleteStage();
        }
        else
        {
            Pull(In);
        }
    }

    public override void OnUpstreamFinish()
    {
        if (IsAvailable(Out))
        {
            Push(Out, _value);
            CompleteStage();
        }
    }

    protected override void Restart() => _value = _zero;
}
