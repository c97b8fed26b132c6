namespace Akka.Streams.Implementation.Stages;

/// <summary>Runs up to so many tasks at once and emits their results in the order of the elements, or as they come.</summary>
/// <remarks>A task that has ended counts until its result is pushed: so a slow downstream bounds what is held.</remarks>
internal sealed class SelectAsyncLogic<TIn, TOut> : LinearLogic<TIn, TOut>
{
    private readonly int _parallelism;
    private readonly bool _isOrdered;
    private readonly Func<TIn, Task<TOut>> _mapper;
    private readonly Action<Slot> _onEnded;
    private readonly Queue<Slot> _results = new();
    private int _running;

    public SelectAsyncLogic(
        FlowShape<TIn, TOut> shape, int parallelism, bool isOrdered, Func<TIn, Task<TOut>> mapper)
        : base(shape)
    {
        (_parallelism, _isOrdered, _mapper) = (parallelism, isOrdered, mapper);
        _onEnded = GetAsyncCallback<Slot>(OnEnded);
    }

    // In order: every task waits in the queue. As they come: only those that have ended.
    private int Open => _isOrdered ? _results.Count : _results.Count + _running;

    public override void OnPush()
    {
        var slot = new Slot(Start(Grab(In)));
        _running++;
        if (_isOrdered)
        {
            _results.Enqueue(slot);
        }

        if (slot.Task.IsCompleted)
        {
            OnEnded(slot);
        }
        else
        {
            slot.Task.GetAwaiter().UnsafeOnCompleted(() => _onEnded(slot));
        }

        PullIfRoom();
    }

    public override void OnPull() => Advance();

    public override void OnUpstreamFinish()
    {
        if (Open == 0)
        {
            CompleteStage();
        }
    }

    private Task<TOut> Start(TIn element)
    {
        try
        {
            return _mapper(element);
        }
        catch (Exception failure)
        {
            return Task.FromException<TOut>(failure);
        }
    }

    private void OnEnded(Slot slot)
    {
        _running--;
        slot.End();
        if (slot.Failure != null && !Survives(slot.Failure))
        {
            return;
        }

        if (!_isOrdered)
        {
            _results.Enqueue(slot);
        }

        Advance();
    }

    private void Advance()
    {
        while (_results.TryPeek(out var first) && first.HasEnded && (first.Failure != null || IsAvailable(Out)))
        {
            _results.Dequeue();
            if (first.Failure == null)
            {
                Push(Out, first.Value);
            }
        }

        if (Open == 0 && IsClosed(In))
        {
            CompleteStage();
        }
        else
        {
            PullIfRoom();
        }
    }

    private void PullIfRoom()
    {
        if (Open < _parallelism && !HasBeenPulled(In))
        {
            TryPull(In);
        }
    }

    private sealed class Slot(Task<TOut> task)
    {
        public Task<TOut> Task => task;

        public bool HasEnded { get; private set; }

        public TOut Value { get; private set; } = default!;

        public Exception? Failure { get; private set; }

        public void End()
        {
            HasEnded = true;
            Failure = TaskEnd.FailureOf(task);
            if (Failure == null)
            {
                Value = TaskEnd.ResultOf(task);
                Failure = Value is null ? new ArgumentNullException(nameof(task), "Element must not be null, rule 2.13") : null;
            }
        }
    }
}

internal static class TaskEnd
{
    /// <summary>Why an ended task has no result: one inner exception is given as itself.</summary>
    public static Exception? FailureOf(Task task) => task switch
    {
        { IsCanceled: true } => new TaskCanceledException(task),
        { Exception: { } failures } => failures.InnerExceptions.Count == 1 ? failures.InnerException : failures,
        _ => null,
    };

    public static T ResultOf<T>(Task<T> ended)
    {
        // The task has ended: this never waits.
#pragma warning disable VSTHRD002
        return ended.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
