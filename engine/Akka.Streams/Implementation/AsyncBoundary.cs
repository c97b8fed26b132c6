using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

internal interface IBoundary
{
    void Abort(Exception cause);
}

/// <summary>Carries elements from one island to another through a ring of fixed size.</summary>
/// <remarks>
/// One producer (the sending end), one consumer (the receiving end), no lock. Each island is only woken when it waits:
/// the consumer for an element, the producer for half of the ring. A completion comes after what is in the ring,
/// a failure at once.
/// </remarks>
internal sealed class AsyncBoundary<T>(int capacity)
{
    private readonly T[] _ring = new T[capacity];
    private long _taken;
    private long _put;
    private int _consumerWaits;
    private int _producerWaits;

    public Sender Upstream { get; private set; } = null!;

    public Receiver Downstream { get; private set; } = null!;

    private static AsyncBoundary<T> Create(int capacity)
    {
        var boundary = new AsyncBoundary<T>(capacity);
        boundary.Upstream = new Sender(boundary);
        boundary.Downstream = new Receiver(boundary);
        return boundary;
    }

    public static (PortEnd<Inlet> Upstream, PortEnd<Outlet> Downstream) Connect(Island from, Island to, int capacity)
    {
        var boundary = Create(capacity);
        from.Add(boundary.Upstream, Attributes.None);
        to.Add(boundary.Downstream, Attributes.None);
        return (
            new PortEnd<Inlet>(boundary.Upstream.In, boundary.Upstream, from, Attributes.None),
            new PortEnd<Outlet>(boundary.Downstream.Out, boundary.Downstream, to, Attributes.None));
    }

    private static bool StopWaiting(ref int waits) => waits == 1 && Interlocked.Exchange(ref waits, 0) == 1;

    internal sealed class Sender : InGraphStageLogic, IBoundary
    {
        private readonly AsyncBoundary<T> _boundary;
        private readonly Action _onRoom;
        private readonly Action<Exception> _onCancel;

        public Sender(AsyncBoundary<T> boundary)
            : base(1, 0)
        {
            _boundary = boundary;
            In.Id = 0;
            _onRoom = GetAsyncCallback(PullIfRoom);
            _onCancel = GetAsyncCallback<Exception>(cause => Cancel(In, cause));
            SetHandler(In, this);
        }

        public Inlet<T> In { get; } = new("AsyncBoundary.in");

        public override void PreStart() => PullIfRoom();

        public override void OnPush()
        {
            var put = _boundary._put;
            _boundary._ring[put % _boundary._ring.Length] = Grab(In);
            Volatile.Write(ref _boundary._put, put + 1);
            Interlocked.MemoryBarrier();
            if (StopWaiting(ref _boundary._consumerWaits))
            {
                _boundary.Downstream.SignalElement();
            }

            PullIfRoom();
        }

        public override void OnUpstreamFinish() => End(null);

        public override void OnUpstreamFailure(Exception e) => End(e);

        public void SignalRoom() => _onRoom();

        public void SignalCancel(Exception cause) => _onCancel(cause);

        public void Abort(Exception cause) => _boundary.Downstream.SignalEnd(cause);

        private void End(Exception? cause)
        {
            _boundary.Downstream.SignalEnd(cause);
            CompleteStage();
        }

        private void PullIfRoom()
        {
            if (IsClosed(In) || HasBeenPulled(In))
            {
                return;
            }

            if (!HasRoom())
            {
                Volatile.Write(ref _boundary._producerWaits, 1);
                Interlocked.MemoryBarrier();
                if (!HasRoom() || !StopWaiting(ref _boundary._producerWaits))
                {
                    return;
                }
            }

            Pull(In);
        }

        private bool HasRoom() => _boundary._put - Volatile.Read(ref _boundary._taken) < _boundary._ring.Length;
    }

    internal sealed class Receiver : OutGraphStageLogic, IBoundary
    {
        private readonly AsyncBoundary<T> _boundary;
        private readonly Action _onElement;
        private readonly Action<Exception?> _onEnd;
        private bool _isEnding;

        public Receiver(AsyncBoundary<T> boundary)
            : base(0, 1)
        {
            _boundary = boundary;
            Out.Id = 0;
            _onElement = GetAsyncCallback(PushIfElement);
            _onEnd = GetAsyncCallback<Exception?>(OnEnd);
            SetHandler(Out, this);
        }

        public Outlet<T> Out { get; } = new("AsyncBoundary.out");

        private long Waiting => Volatile.Read(ref _boundary._put) - _boundary._taken;

        public override void OnPull() => PushIfElement();

        public override void OnDownstreamFinish(Exception cause)
        {
            _boundary.Upstream.SignalCancel(cause);
            base.OnDownstreamFinish(cause);
        }

        public void SignalElement() => _onElement();

        public void SignalEnd(Exception? cause) => _onEnd(cause);

        public void Abort(Exception cause)
        {
            _boundary.Upstream.SignalCancel(cause);
            FailStage(cause);
        }

        private void OnEnd(Exception? cause)
        {
            _isEnding = true;
            if (cause != null)
            {
                FailStage(cause);
            }
            else if (Waiting == 0)
            {
                CompleteStage();
            }
        }

        private void PushIfElement()
        {
            if (!IsAvailable(Out))
            {
                return;
            }

            if (Waiting == 0)
            {
                Volatile.Write(ref _boundary._consumerWaits, 1);
                Interlocked.MemoryBarrier();
                if (Waiting == 0 || !StopWaiting(ref _boundary._consumerWaits))
                {
                    return;
                }
            }

            Push(Out, Take());
            if (_isEnding && Waiting == 0)
            {
                CompleteStage();
            }
        }

        private T Take()
        {
            var taken = _boundary._taken;
            ref var slot = ref _boundary._ring[taken % _boundary._ring.Length];
            var element = slot;
            slot = default!;
            Volatile.Write(ref _boundary._taken, taken + 1);
            Interlocked.MemoryBarrier();
            if (Waiting <= _boundary._ring.Length / 2 && StopWaiting(ref _boundary._producerWaits))
            {
                _boundary.Upstream.SignalRoom();
            }

            return element;
        }
    }
}
