namespace Akka.Streams.Implementation.Stages;

/// <summary>The stream's end of a <see cref="ISourceQueueWithComplete{T}"/>.</summary>
/// <remarks>
/// An offer is answered when the element is in the buffer or, without a buffer, was taken by the stream; one offer may
/// wait. When the stream has ended, offers fail with <see cref="StreamDetachedException"/>.
/// </remarks>
internal sealed class QueueSourceLogic<TOut> : SourceLogic<TOut>, ISourceQueueWithComplete<TOut>
{
    private readonly int _size;
    private readonly OverflowStrategy _strategy;
    private readonly OverflowQueue<TOut> _buffer;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<Offer> _onOffer;
    private readonly Action _onComplete;
    private readonly Action<Exception> _onFail;
    private readonly Lock _gate = new();
    private readonly HashSet<Offer> _open = [];
    private Offer? _waiting;
    private bool _isCompleting;
    private bool _isDetached;

    public QueueSourceLogic(SourceShape<TOut> shape, int size, OverflowStrategy strategy)
        : base(shape)
    {
        (_size, _strategy, _buffer) = (size, strategy, new OverflowQueue<TOut>(size));
        _onOffer = GetAsyncCallback<Offer>(OnOffer);
        _onComplete = GetAsyncCallback(OnComplete);
        _onFail = GetAsyncCallback<Exception>(OnFail);
    }

    public Task<IQueueOfferResult> OfferAsync(TOut element)
    {
        var offer = new Offer(element);
        lock (_gate)
        {
            if (_isDetached)
            {
                return Task.FromException<IQueueOfferResult>(new StreamDetachedException());
            }

            _open.Add(offer);
        }

        _onOffer(offer);
        return offer.Task;
    }

    public Task WatchCompletionAsync() => _ended.Task;

    public void Complete() => _onComplete();

    public void Fail(Exception ex) => _onFail(ex);

    public override void OnPull()
    {
        if (_size == 0 && _waiting is { } waiting)
        {
            _waiting = null;
            Push(Out, waiting.Element);
            Answer(waiting, QueueOfferResult.Enqueued.Instance);
        }
        else if (_buffer.TryTake(out var element))
        {
            Push(Out, element);
            if (_waiting is { } next)
            {
                _waiting = null;
                _buffer.TryAdd(next.Element, _strategy);
                Answer(next, QueueOfferResult.Enqueued.Instance);
            }
        }

        CompleteIfDone();
    }

    public override void OnDownstreamFinish(Exception cause)
    {
        if (_waiting is { } waiting)
        {
            Answer(waiting, QueueOfferResult.QueueClosed.Instance);
        }

        _ended.TrySetResult();
        CompleteStage();
    }

    public override void PostStop()
    {
        _ended.TrySetException(new StreamDetachedException());
        _ = _ended.Task.Exception;
        lock (_gate)
        {
            _isDetached = true;
            foreach (var offer in _open)
            {
                offer.TrySetException(new StreamDetachedException());
            }

            _open.Clear();
        }
    }

    private void OnOffer(Offer offer)
    {
        if (_size == 0)
        {
            OfferUnbuffered(offer);
        }
        else if (_buffer.TryAdd(offer.Element, _strategy))
        {
            Answer(offer, QueueOfferResult.Enqueued.Instance);
            if (IsAvailable(Out) && _buffer.TryTake(out var element))
            {
                Push(Out, element);
            }
        }
        else
        {
            Refuse(offer);
        }
    }

    private void OfferUnbuffered(Offer offer)
    {
        if (IsAvailable(Out))
        {
            Push(Out, offer.Element);
            Answer(offer, QueueOfferResult.Enqueued.Instance);
        }
        else if (_waiting == null)
        {
            _waiting = offer;
        }
        else if (_strategy is OverflowStrategy.DropHead or OverflowStrategy.DropBuffer)
        {
            Answer(_waiting, QueueOfferResult.Dropped.Instance);
            _waiting = offer;
        }
        else if (_strategy == OverflowStrategy.DropTail)
        {
            Answer(offer, QueueOfferResult.Dropped.Instance);
        }
        else
        {
            Refuse(offer);
        }
    }

    private void Refuse(Offer offer)
    {
        switch (_strategy)
        {
            case OverflowStrategy.DropNew:
                Answer(offer, QueueOfferResult.Dropped.Instance);
                break;
            case OverflowStrategy.Fail:
                var overflow = _buffer.Overflow();
                Answer(offer, new QueueOfferResult.Failure(overflow));
                OnFail(overflow);
                break;
            case OverflowStrategy.Backpressure when _waiting == null:
                _waiting = offer;
                break;
            default:
                Forget(offer);
                offer.TrySetException(new Pattern.IllegalStateException(
                    "You have to wait for previous offer to be resolved to send another request."));
                break;
        }
    }

    private void OnComplete()
    {
        _isCompleting = true;
        CompleteIfDone();
    }

    private void OnFail(Exception cause)
    {
        _ended.TrySetException(cause);
        _ = _ended.Task.Exception;
        FailStage(cause);
    }

    private void CompleteIfDone()
    {
        if (_isCompleting && _buffer.IsEmpty && _waiting == null)
        {
            _ended.TrySetResult();
            CompleteStage();
        }
    }

    private void Answer(Offer offer, IQueueOfferResult result)
    {
        Forget(offer);
        offer.TrySetResult(result);
    }

    private void Forget(Offer offer)
    {
        lock (_gate)
        {
            _open.Remove(offer);
        }
    }

    private sealed class Offer(TOut element)
        : TaskCompletionSource<IQueueOfferResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TOut Element { get; } = element;
    }
}
