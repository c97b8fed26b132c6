using System.Collections.Immutable;
using Akka.Streams.Stage;
using Akka.Util;

namespace Akka.Streams.Implementation.Stages;

/// <summary>A sink whose value is the task of its end. The task fails when the stream does, also abruptly.</summary>
internal abstract class SinkLogic<TIn, TResult> : InGraphStageLogic
{
    private readonly TaskCompletionSource<TResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    protected SinkLogic(SinkShape<TIn> shape)
        : base(shape)
    {
        In = shape.Inlet;
        SetHandler(In, this);
    }

    public Task<TResult> Result => _result.Task;

    protected Inlet<TIn> In { get; }

    public override void PreStart() => Pull(In);

    public override void OnUpstreamFinish() => Finish();

    public override void OnUpstreamFailure(Exception e)
    {
        _result.TrySetException(e);
        FailStage(e);
    }

    public override void PostStop() => _result.TrySetException(new AbruptStageTerminationException(this));

    protected void Finish(TResult result)
    {
        _result.TrySetResult(result);
        CompleteStage();
    }

    /// <summary>The upstream is done.</summary>
    protected abstract void Finish();
}

internal sealed class IgnoreLogic<TIn>(SinkShape<TIn> shape) : SinkLogic<TIn, Done>(shape)
{
    public override void OnPush()
    {
        Grab(In);
        Pull(In);
    }

    protected override void Finish() => Finish(Done.Instance);
}

internal sealed class SeqLogic<TIn>(SinkShape<TIn> shape) : SinkLogic<TIn, IImmutableList<TIn>>(shape)
{
    private readonly ImmutableList<TIn>.Builder _elements = ImmutableList.CreateBuilder<TIn>();

    public override void OnPush()
    {
        _elements.Add(Grab(In));
        Pull(In);
    }

    protected override void Finish() => Finish(_elements.ToImmutable());
}

/// <summary>Answers with the first or the last element; without one with the default, or it fails.</summary>
internal sealed class OneElementLogic<TIn>(SinkShape<TIn> shape, bool isFirst, bool throwOnDefault)
    : SinkLogic<TIn, TIn>(shape)
{
    private Option<TIn> _last = Option<TIn>.None;

    public override void OnPush()
    {
        _last = Option<TIn>.Create(Grab(In));
        if (isFirst)
        {
            Finish();
        }
        else
        {
            Pull(In);
        }
    }

    protected override void Finish()
    {
        if (_last.HasValue || !throwOnDefault)
        {
            Finish(_last.HasValue ? _last.Value : default!);
        }
        else
        {
            OnUpstreamFailure(new NoSuchElementException($"{(isFirst ? "First" : "Last")} of empty stream"));
        }
    }
}

internal sealed class CancelLogic<TIn>(SinkShape<TIn> shape) : SinkLogic<TIn, NotUsed>(shape)
{
    public override void PreStart() => Cancel(In);

    public override void OnPush()
    {
    }

    protected override void Finish() => Finish(NotUsed.Instance);
}

/// <summary>Keeps a buffer filled and hands it out one by one; one pull may wait.</summary>
internal sealed class QueueSinkLogic<TIn> : InGraphStageLogic, ISinkQueue<TIn>
{
    private readonly Inlet<TIn> _in;
    private readonly Queue<TIn> _buffer = new();
    private readonly Action<TaskCompletionSource<Option<TIn>>> _onPull;
    private readonly Lock _gate = new();
    private readonly HashSet<TaskCompletionSource<Option<TIn>>> _open = [];
    private TaskCompletionSource<Option<TIn>>? _waiting;
    private int _max;
    private bool _isDetached;
    private (bool HasEnded, Exception? Failure) _end;

    public QueueSinkLogic(SinkShape<TIn> shape)
        : base(shape)
    {
        _in = shape.Inlet;
        _onPull = GetAsyncCallback<TaskCompletionSource<Option<TIn>>>(OnAsked);
        SetHandler(_in, this);
    }

    public Task<Option<TIn>> PullAsync()
    {
        var asked = new TaskCompletionSource<Option<TIn>>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_isDetached)
            {
                return Task.FromException<Option<TIn>>(new StreamDetachedException());
            }

            _open.Add(asked);
        }

        _onPull(asked);
        return asked.Task;
    }

    public override void PreStart()
    {
        _max = EffectiveAttributes.GetMandatoryAttribute<Attributes.InputBuffer>().Max;
        SetKeepGoing(true);
        Pull(_in);
    }

    public override void OnPush()
    {
        _buffer.Enqueue(Grab(_in));
        Answer();
        PullIfRoom();
    }

    public override void OnUpstreamFinish() => End(null);

    public override void OnUpstreamFailure(Exception e) => End(e);

    public override void PostStop()
    {
        lock (_gate)
        {
            _isDetached = true;
            foreach (var asked in _open)
            {
                asked.TrySetException(new StreamDetachedException());
            }
        }
    }

    private void End(Exception? failure)
    {
        _end = (true, failure);
        Answer();
    }

    private void OnAsked(TaskCompletionSource<Option<TIn>> asked)
    {
        if (_waiting != null)
        {
            Settle(asked, task => task.TrySetException(new Pattern.IllegalStateException(
                "You have to wait for previous future to be resolved to send another request")));
            return;
        }

        _waiting = asked;
        Answer();
        PullIfRoom();
    }

    private void Answer()
    {
        if (_waiting is not { } waiting || (_buffer.Count == 0 && !_end.HasEnded))
        {
            return;
        }

        _waiting = null;
        if (_buffer.TryDequeue(out var element))
        {
            Settle(waiting, task => task.TrySetResult(Option<TIn>.Create(element)));
        }
        else if (_end.Failure is { } failure)
        {
            Settle(waiting, task => task.TrySetException(failure));
            CompleteStage();
        }
        else
        {
            Settle(waiting, task => task.TrySetResult(Option<TIn>.None));
            CompleteStage();
        }
    }

    private void Settle(TaskCompletionSource<Option<TIn>> asked, Action<TaskCompletionSource<Option<TIn>>> answer)
    {
        lock (_gate)
        {
            _open.Remove(asked);
        }

        answer(asked);
    }

    private void PullIfRoom()
    {
        if (_buffer.Count < _max && !HasBeenPulled(_in))
        {
            TryPull(_in);
        }
    }
}
