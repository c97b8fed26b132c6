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

internal sealed class WhereLogic<T>(FlowShape<T, T> shape, Predicate<T> predicate) : LinearLogic<T, T>(shape)
{
    public override void OnPush()
    {
        var element = Grab(In);
        if (Holds(element))
        {
            Push(Out, element);
        }
        else
        {
            TryPull(In);
        }
    }

    private bool Holds(T element)
    {
        try
        {
            return predicate(element);
        }
        catch (Exception failure)
        {
            Survives(failure);
            return false;
        }
    }
}

internal sealed class TakeWhileLogic<T>(FlowShape<T, T> shape, Predicate<T> predicate, bool inclusive)
    : LinearLogic<T, T>(shape)
{
    public override void OnPush()
    {
        try
        {
            var element = Grab(In);
            var goesOn = predicate(element);
            if (goesOn || inclusive)
            {
                Push(Out, element);
            }

            if (!goesOn)
            {
                CompleteStage();
            }
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

internal sealed class TakeLogic<T>(FlowShape<T, T> shape, long count) : LinearLogic<T, T>(shape)
{
    private long _left = count;

    public override void PreStart()
    {
        if (_left <= 0)
        {
            CompleteStage();
        }
    }

    public override void OnPush()
    {
        Push(Out, Grab(In));
        if (--_left == 0)
        {
            CompleteStage();
        }
    }
}

internal sealed class SkipLogic<T>(FlowShape<T, T> shape, long count) : LinearLogic<T, T>(shape)
{
    private long _left = count;

    public override void OnPush()
    {
        if (_left > 0)
        {
            _left--;
            Pull(In);
        }
        else
        {
            Push(Out, Grab(In));
        }
    }
}

/// <summary>Emits the first value before any element, then the value after each.</summary>
internal sealed class ScanLogic<TIn, TOut>(FlowShape<TIn, TOut> shape, TOut zero, Func<TOut, TIn, TOut> scan)
    : LinearLogic<TIn, TOut>(shape)
{
    private readonly TOut _zero = zero;
    private TOut _value = zero;
    private bool _hasBegun;

    public override void OnPull()
    {
        if (_hasBegun)
        {
            Pull(In);
            return;
        }

        _hasBegun = true;
        Push(Out, _value);
        if (IsClosed(In))
        {
            CompleteStage();
        }
    }

    public override void OnPush()
    {
        try
        {
            _value = scan(_value, Grab(In));
            Push(Out, _value);
        }
        catch (Exception failure)
        {
            if (Survives(failure) && IsAvailable(Out))
            {
                TryPull(In);
            }
        }
    }

    // An empty upstream still emits the first value.
    public override void OnUpstreamFinish()
    {
        if (_hasBegun)
        {
            CompleteStage();
        }
    }

    protected override void Restart()
    {
        _value = _zero;
        Push(Out, _value);
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

/// <remarks>Looks one ahead, so that the last of the elements and the end come together.</remarks>
internal sealed class SelectManyLogic<TIn, TOut>(FlowShape<TIn, TOut> shape, Func<TIn, IEnumerable<TOut>> mapper)
    : LinearLogic<TIn, TOut>(shape)
{
    private IEnumerator<TOut>? _elements;
    private bool _hasNext;

    public override void OnPush()
    {
        try
        {
            _elements = mapper(Grab(In)).GetEnumerator();
            _hasNext = _elements.MoveNext();
            Advance();
        }
        catch (Exception failure)
        {
            Drop(failure);
        }
    }

    public override void OnPull()
    {
        try
        {
            Advance();
        }
        catch (Exception failure)
        {
            Drop(failure);
        }
    }

    // What the last element has become is still emitted.
    public override void OnUpstreamFinish()
    {
        if (!_hasNext)
        {
            CompleteStage();
        }
    }

    public override void PostStop() => _elements?.Dispose();

    // What is left of the element is dropped with it.
    private void Drop(Exception failure)
    {
        if (Survives(failure))
        {
            _hasNext = false;
            Advance();
        }
    }

    private void Advance()
    {
        if (_hasNext)
        {
            Push(Out, _elements!.Current);
            _hasNext = _elements.MoveNext();
        }

        if (!_hasNext && IsClosed(In))
        {
            CompleteStage();
        }
        else if (!_hasNext && IsAvailable(Out) && !HasBeenPulled(In))
        {
            Pull(In);
        }
    }
}

internal sealed class WatchTerminationLogic<T>(FlowShape<T, T> shape, TaskCompletionSource<Done> done)
    : LinearLogic<T, T>(shape)
{
    public override void OnPush() => Push(Out, Grab(In));

    public override void OnUpstreamFinish()
    {
        done.TrySetResult(Done.Instance);
        CompleteStage();
    }

    public override void OnUpstreamFailure(Exception e)
    {
        done.TrySetException(e);
        FailStage(e);
    }

    public override void OnDownstreamFinish(Exception cause)
    {
        if (cause is SubscriptionWithCancelException.NonFailureCancellation)
        {
            done.TrySetResult(Done.Instance);
        }
        else
        {
            done.TrySetException(cause);
        }

        CancelStage(cause);
    }

    public override void PostStop() => done.TrySetException(new AbruptStageTerminationException(this));
}
