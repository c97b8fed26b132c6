using Akka.Streams;
using Akka.Streams.Stage;
using Akka.Util;

namespace Engine.Tests.Streams;

/// <summary>Passes everything through; its value ends as the stream does at this place.</summary>
public sealed class EndStage<T> : GraphStageWithMaterializedValue<FlowShape<T, T>, Task>
{
    public override FlowShape<T, T> Shape { get; } = new(new Inlet<T>("End.in"), new Outlet<T>("End.out"));

    public override ILogicAndMaterializedValue<Task> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(Shape);
        return new LogicAndMaterializedValue<Task>(logic, logic.Ended.Task);
    }

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly FlowShape<T, T> _shape;

        public Logic(FlowShape<T, T> shape)
            : base(shape)
        {
            _shape = shape;
            SetHandlers(shape.Inlet, shape.Outlet, this);
        }

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void OnPush() => Push(_shape.Outlet, Grab(_shape.Inlet));

        public override void OnPull() => Pull(_shape.Inlet);

        public override void OnUpstreamFinish()
        {
            Ended.TrySetResult();
            CompleteStage();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            Ended.TrySetException(e);
            FailStage(e);
        }

        public override void OnDownstreamFinish(Exception cause)
        {
            if (cause is SubscriptionWithCancelException.NonFailureCancellation)
            {
                Ended.TrySetResult();
            }
            else
            {
                Ended.TrySetException(cause);
            }

            CancelStage(cause);
        }

        public override void PostStop() => Ended.TrySetException(new AbruptStageTerminationException(this));
    }
}

/// <summary>Takes one element, and the next only when the test has fetched the one before.</summary>
public sealed class PullSink<T> : GraphStageWithMaterializedValue<SinkShape<T>, PullSink<T>.Logic>
{
    public override SinkShape<T> Shape { get; } = new(new Inlet<T>("Pull.in"));

    public override ILogicAndMaterializedValue<Logic> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(Shape);
        return new LogicAndMaterializedValue<Logic>(logic, logic);
    }

    public sealed class Logic : InGraphStageLogic
    {
        private readonly Inlet<T> _in;
        private readonly Action<TaskCompletionSource<Option<T>>> _fetch;
        private TaskCompletionSource<Option<T>>? _waiting;
        private Option<T> _held;

        public Logic(SinkShape<T> shape)
            : base(shape)
        {
            _in = shape.Inlet;
            _fetch = GetAsyncCallback<TaskCompletionSource<Option<T>>>(OnFetch);
            SetHandler(_in, this);
        }

        /// <summary>The next element, or none at the end. One call at a time.</summary>
        public Task<Option<T>> PullAsync()
        {
            var answer = new TaskCompletionSource<Option<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
            _fetch(answer);
            return answer.Task;
        }

        public override void PreStart()
        {
            SetKeepGoing(true);
            Pull(_in);
        }

        public override void OnPush()
        {
            _held = Option<T>.Create(Grab(_in));
            Answer();
        }

        public override void OnUpstreamFinish() => Answer();

        private void OnFetch(TaskCompletionSource<Option<T>> answer)
        {
            _waiting = answer;
            Answer();
        }

        private void Answer()
        {
            if (_waiting == null || !(_held.HasValue || IsClosed(_in)))
            {
                return;
            }

            _waiting.SetResult(_held);
            (_waiting, _held) = (null, Option<T>.None);
            if (!IsClosed(_in))
            {
                Pull(_in);
            }
        }
    }
}
