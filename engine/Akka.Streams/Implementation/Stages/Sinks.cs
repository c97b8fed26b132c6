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
