using Akka.Streams.Stage;
using Akka.Util;

namespace Akka.Streams.Implementation.Stages;

internal abstract class SourceLogic<TOut> : OutGraphStageLogic
{
    protected SourceLogic(SourceShape<TOut> shape)
        : base(shape)
    {
        Out = shape.Outlet;
        SetHandler(Out, this);
    }

    protected Outlet<TOut> Out { get; }
}

/// <param name="isAhead">Looks one ahead, so that the last element and the end come together.</param>
internal sealed class EnumerableLogic<TOut>(SourceShape<TOut> shape, Func<IEnumerator<TOut>> create, bool isAhead)
    : SourceLogic<TOut>(shape)
{
    private IEnumerator<TOut>? _elements;

    public override void PreStart()
    {
        _elements = create();
        if (isAhead)
        {
            Advance();
        }
    }

    public override void OnPull()
    {
        if (isAhead || Advance())
        {
            Push(Out, _elements!.Current);
        }

        if (isAhead)
        {
            Advance();
        }
    }

    public override void PostStop() => _elements?.Dispose();

    private bool Advance()
    {
        if (_elements!.MoveNext())
        {
            return true;
        }

        CompleteStage();
        return false;
    }
}

/// <summary>Asks for the next element when there is demand; the answer may come later and from any thread.</summary>
internal sealed class AsyncPullLogic<TOut> : SourceLogic<TOut>
{
    private readonly Func<Task<Option<TOut>>> _next;
    private readonly Func<Task> _close;
    private readonly Action _abandon;
    private readonly Action<Task<Option<TOut>>> _onNext;
    private readonly Action<Task> _onClosed;
    private Task _asked = Task.CompletedTask;
    private bool _isAsking;

    /// <param name="next">None ends the stream.</param>
    /// <param name="close">Called once, however the stream ends, but never while an answer is out.</param>
    /// <param name="abandon">Called when nobody wants the answer that is out.</param>
    public AsyncPullLogic(
        SourceShape<TOut> shape, Func<Task<Option<TOut>>> next, Func<Task> close, Action? abandon = null)
        : base(shape)
    {
        (_next, _close, _abandon) = (next, close, abandon ?? (static () => { }));
        _onNext = GetAsyncCallback<Task<Option<TOut>>>(OnNext);
        _onClosed = GetAsyncCallback<Task>(OnClosed);
    }

    public override void OnPull()
    {
        _isAsking = true;
        var answer = _next();
        _asked = answer;
        Await(answer, _onNext, OnNext);
    }

    public override void OnDownstreamFinish(Exception cause)
    {
        SetKeepGoing(true);
        if (_isAsking)
        {
            _abandon();
        }
        else
        {
            Close();
        }
    }

    public override void PostStop()
    {
        if (_isAsking || !IsClosed(Out))
        {
            _abandon();
            _ = _asked.ContinueWith(_ => _close(), TaskScheduler.Default);
        }
    }

    private static void Await<TTask>(TTask task, Action<TTask> later, Action<TTask> now)
        where TTask : Task
    {
        if (task.IsCompleted)
        {
            now(task);
        }
        else
        {
            task.GetAwaiter().UnsafeOnCompleted(() => later(task));
        }
    }

    private void OnNext(Task<Option<TOut>> answer)
    {
        _isAsking = false;
        if (TaskEnd.FailureOf(answer) is { } failure)
        {
            SetKeepGoing(true);
            Fail(Out, failure);
            Close();
        }
        else if (IsClosed(Out))
        {
            Close();
        }
        else if (TaskEnd.ResultOf(answer) is { HasValue: true } element)
        {
            Push(Out, element.Value);
        }
        else
        {
            SetKeepGoing(true);
            Complete(Out);
            Close();
        }
    }

    private void Close() => Await(_close(), _onClosed, OnClosed);

    private void OnClosed(Task ended) => CompleteStage();
}
