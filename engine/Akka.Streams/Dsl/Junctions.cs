using Akka.Streams.Stage;

namespace Akka.Streams.Dsl;

/// <summary>Each element to every outlet; as slow as the slowest. Cancels when all outlets have, or eagerly the first.</summary>
public sealed class Broadcast<T>(int outputPorts, bool eagerCancel = false) : GraphStage<UniformFanOutShape<T, T>>
{
    public override UniformFanOutShape<T, T> Shape { get; } = new(outputPorts, "Broadcast");

    public override string ToString() => "Broadcast";

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(Shape, eagerCancel);

    private sealed class Logic : InGraphStageLogic
    {
        private readonly UniformFanOutShape<T, T> _shape;

        public Logic(UniformFanOutShape<T, T> shape, bool eagerCancel)
            : base(shape)
        {
            _shape = shape;
            SetHandler(shape.In, this);
            foreach (var outlet in shape.Outs)
            {
                SetHandler(outlet, PullIfAllWait, cause =>
                {
                    if (eagerCancel || OpenPorts == 1)
                    {
                        CancelStage(cause);
                    }
                    else
                    {
                        PullIfAllWait();
                    }
                });
            }
        }

        public override void OnPush()
        {
            var element = Grab(_shape.In);
            foreach (var outlet in _shape.Outs)
            {
                if (!IsClosed(outlet))
                {
                    Push(outlet, element);
                }
            }
        }

        private void PullIfAllWait()
        {
            foreach (var outlet in _shape.Outs)
            {
                if (!IsClosed(outlet) && !IsAvailable(outlet))
                {
                    return;
                }
            }

            if (!HasBeenPulled(_shape.In))
            {
                TryPull(_shape.In);
            }
        }
    }
}

/// <summary>Elements of all inlets as they come. Completes when all inlets have, or eagerly with the first.</summary>
public class Merge<TIn, TOut>(int inputPorts, bool eagerComplete = false) : GraphStage<UniformFanInShape<TIn, TOut>>
    where TIn : TOut
{
    public override UniformFanInShape<TIn, TOut> Shape { get; } = new(inputPorts, "Merge");

    public Inlet<TIn> In(int id) => Shape.In(id);

    public override string ToString() => "Merge";

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(Shape, eagerComplete);

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly UniformFanInShape<TIn, TOut> _shape;
        private readonly Queue<Inlet<TIn>> _arrived = new();

        public Logic(UniformFanInShape<TIn, TOut> shape, bool eagerComplete)
            : base(shape)
        {
            _shape = shape;
            SetHandler(shape.Out, this);
            foreach (var inlet in shape.Ins)
            {
                SetHandler(inlet, () => OnArrived(inlet), () => OnEnded(eagerComplete));
            }
        }

        public override void PreStart()
        {
            foreach (var inlet in _shape.Ins)
            {
                TryPull(inlet);
            }
        }

        public override void OnPull()
        {
            if (_arrived.TryDequeue(out var inlet))
            {
                PushFrom(inlet);
            }
        }

        private void OnArrived(Inlet<TIn> inlet)
        {
            if (IsAvailable(_shape.Out))
            {
                PushFrom(inlet);
            }
            else
            {
                _arrived.Enqueue(inlet);
            }
        }

        private void PushFrom(Inlet<TIn> inlet)
        {
            Push(_shape.Out, Grab(inlet));
            TryPull(inlet);
            if (AllEnded())
            {
                CompleteStage();
            }
        }

        private void OnEnded(bool eagerComplete)
        {
            if (eagerComplete)
            {
                foreach (var inlet in _shape.Ins)
                {
                    Cancel(inlet);
                }

                _arrived.Clear();
                CompleteStage();
            }
            else if (AllEnded())
            {
                CompleteStage();
            }
        }

        // Only the outlet is open, and nothing waits for it.
        private bool AllEnded() => OpenPorts == 1 && _arrived.Count == 0;
    }
}

public sealed class Merge<T>(int inputPorts, bool eagerComplete = false) : Merge<T, T>(inputPorts, eagerComplete);

/// <summary>All elements of the first inlet, then of the second, and so on; a later inlet is not pulled before its turn.</summary>
public class Concat<TIn, TOut>(int inputPorts = 2) : GraphStage<UniformFanInShape<TIn, TOut>>
    where TIn : TOut
{
    public override UniformFanInShape<TIn, TOut> Shape { get; } = new(inputPorts, "Concat");

    public Inlet<TIn> In(int id) => Shape.In(id);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(Shape);

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly UniformFanInShape<TIn, TOut> _shape;
        private int _turn;

        public Logic(UniformFanInShape<TIn, TOut> shape)
            : base(shape)
        {
            _shape = shape;
            SetHandler(shape.Out, this);
            foreach (var inlet in shape.Ins)
            {
                SetHandler(inlet, () => Push(shape.Out, Grab(inlet)), () => OnEnded(inlet));
            }
        }

        public override void OnPull() => Pull(_shape.In(_turn));

        private void OnEnded(Inlet<TIn> inlet)
        {
            if (inlet != _shape.In(_turn))
            {
                return;
            }

            while (++_turn < _shape.N && IsClosed(_shape.In(_turn)))
            {
            }

            if (_turn == _shape.N)
            {
                CompleteStage();
            }
            else if (IsAvailable(_shape.Out))
            {
                Pull(_shape.In(_turn));
            }
        }
    }
}

public static class Concat
{
    public static IGraph<UniformFanInShape<T, T>, NotUsed> Create<T>(int inputPorts = 2) => new Concat<T, T>(inputPorts);
}
