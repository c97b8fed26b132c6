namespace Akka.Streams.Implementation.Stages;

/// <summary>Takes elements ahead of demand; when it is full, does what the strategy says.</summary>
internal sealed class BufferLogic<T>(FlowShape<T, T> shape, int size, OverflowStrategy strategy)
    : LinearLogic<T, T>(shape)
{
    private readonly OverflowQueue<T> _buffer = new(size);

    public override void PreStart() => Pull(In);

    public override void OnPush()
    {
        var element = Grab(In);
        if (IsAvailable(Out))
        {
            Push(Out, element);
        }
        else if (!_buffer.TryAdd(element, strategy) && strategy == OverflowStrategy.Fail)
        {
            FailStage(_buffer.Overflow());
            return;
        }

        if (strategy != OverflowStrategy.Backpressure || !_buffer.IsFull)
        {
            Pull(In);
        }
    }

    public override void OnPull()
    {
        if (_buffer.TryTake(out var element))
        {
            Push(Out, element);
        }

        if (IsClosed(In))
        {
            CompleteIfEmpty();
        }
        else if (!HasBeenPulled(In))
        {
            Pull(In);
        }
    }

    public override void OnUpstreamFinish() => CompleteIfEmpty();

    private void CompleteIfEmpty()
    {
        if (_buffer.IsEmpty)
        {
            CompleteStage();
        }
    }
}

/// <summary>A queue of fixed size and what is dropped when it is full.</summary>
internal sealed class OverflowQueue<T>(int size)
{
    private readonly LinkedList<T> _elements = [];

    public bool IsEmpty => _elements.Count == 0;

    public bool IsFull => _elements.Count >= size;

    public BufferOverflowException Overflow() => new($"Buffer overflow (max capacity was: {size})!");

    /// <returns>False when the queue is full and stays as it is: the element was dropped, waits or fails.</returns>
    public bool TryAdd(T element, OverflowStrategy strategy)
    {
        if (IsFull && !TryMakeRoom(strategy))
        {
            return false;
        }

        _elements.AddLast(element);
        return true;
    }

    public bool TryTake(out T element)
    {
        if (_elements.First is not { } first)
        {
            element = default!;
            return false;
        }

        element = first.Value;
        _elements.RemoveFirst();
        return true;
    }

    private bool TryMakeRoom(OverflowStrategy strategy)
    {
        switch (strategy)
        {
            case OverflowStrategy.DropHead: _elements.RemoveFirst(); return true;
            case OverflowStrategy.DropTail: _elements.RemoveLast(); return true;
            case OverflowStrategy.DropBuffer: _elements.Clear(); return true;
            default: return false;
        }
    }
}

/// <summary>Joins elements while the downstream is busy; back-pressures when the batch is full.</summary>
internal sealed class BatchLogic<TIn, TOut>(
    FlowShape<TIn, TOut> shape, long max, Func<TIn, long> cost, Func<TIn, TOut> seed, Func<TOut, TIn, TOut> aggregate)
    : LinearLogic<TIn, TOut>(shape)
{
    private readonly long _max = max;
    private long _left = max;
    private (TOut Value, bool IsThere) _batch;
    private (TIn Value, bool IsThere) _pending;

    public override void PreStart() => Pull(In);

    public override void OnPush()
    {
        var element = Grab(In);
        if (_batch.IsThere && _left < cost(element))
        {
            _pending = (element, true);
        }
        else
        {
            Add(element);
        }

        if (IsAvailable(Out))
        {
            Flush();
        }

        if (!_pending.IsThere)
        {
            TryPull(In);
        }
    }

    public override void OnPull()
    {
        if (_batch.IsThere)
        {
            Flush();
        }

        if (IsClosed(In))
        {
            CompleteIfEmpty();
        }
        else if (!HasBeenPulled(In) && !_pending.IsThere)
        {
            Pull(In);
        }
    }

    public override void OnUpstreamFinish() => CompleteIfEmpty();

    protected override void Restart() => (_batch, _pending, _left) = (default, default, _max);

    private void Flush()
    {
        if (_batch.IsThere)
        {
            var batch = _batch.Value;
            (_batch, _left) = (default, _max);
            Push(Out, batch);
        }

        if (_pending.IsThere)
        {
            var pending = _pending.Value;
            _pending = default;
            Add(pending);
        }
    }

    private void Add(TIn element)
    {
        try
        {
            _batch = (_batch.IsThere ? aggregate(_batch.Value, element) : seed(element), true);
            _left -= cost(element);
        }
        catch (Exception failure)
        {
            Survives(failure);
        }
    }

    private void CompleteIfEmpty()
    {
        if (!_batch.IsThere)
        {
            CompleteStage();
        }
    }
}
