using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Stage;

namespace Engine.Tests.Streams;

/// <summary>What a stage of the user can rely on.</summary>
public sealed class GraphStageContract(StreamsSystem streams) : IClassFixture<StreamsSystem>
{
    [Theory(Timeout = 5000)]
    [InlineData(0), InlineData(1), InlineData(7), InlineData(8), InlineData(9), InlineData(1000)]
    public async Task A_stage_that_cuts_emits_the_rest_at_the_end(int total)
    {
        var content = Enumerable.Range(0, total).ToArray();

        var chunks = await Source.From(content.Chunk(3)).Via(new CutStage(8)).ToArrayAsync(streams);

        Assert.Equal(content, chunks.SelectMany(chunk => chunk));
        Assert.All(chunks.SkipLast(1), chunk => Assert.Equal(8, chunk.Length));
    }

    [Fact(Timeout = 5000)]
    public async Task Callbacks_come_in_from_other_threads_and_are_dropped_after_the_end()
    {
        var stage = new CallbackSource(1000);
        var result = Source.FromGraph(stage).ToArrayAsync(streams);
        await StreamsTestExtensions.EventuallyAsync(() => stage.Send != null);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                stage.Send!(thread);
            }
        })));

        Assert.Equal(1000, (await result).Length);
        stage.Send!(0);
    }

    [Fact(Timeout = 5000)]
    public async Task Timers_fire_and_are_cancelled()
    {
        var result = await Source.FromGraph(new TimerSource()).ToArrayAsync(streams);

        Assert.Equal("once,tick,tick,tick", string.Join(",", result.Order()));
    }

    [Fact(Timeout = 5000)]
    public async Task An_exception_in_a_handler_fails_the_stage_and_it_is_stopped()
    {
        var stage = new ThrowingStage();

        await Assert.ThrowsAsync<DivideByZeroException>(() => Source.Single(1).Via(stage).ToArrayAsync(streams));

        await StreamsTestExtensions.EventuallyAsync(() => stage.IsStopped);
    }

    [Fact(Timeout = 5000)]
    public async Task Throttle_lets_a_burst_through_and_then_so_many_per_time()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var result = await Source.From(Enumerable.Range(0, 10))
            .Throttle(1, TimeSpan.FromMilliseconds(20), 5, ThrottleMode.Shaping).ToArrayAsync(streams);

        Assert.Equal(Enumerable.Range(0, 10), result);
        Assert.InRange(clock.ElapsedMilliseconds, 60, 4000);
        await Assert.ThrowsAsync<OverflowException>(() => Source.From(Enumerable.Range(0, 10))
            .Throttle(1, TimeSpan.FromSeconds(1), 5, ThrottleMode.Enforcing).ToArrayAsync(streams));
    }

    private sealed class CutStage(int size) : GraphStage<FlowShape<int[], int[]>>
    {
        private readonly Inlet<int[]> _in = new("Cut.in");
        private readonly Outlet<int[]> _out = new("Cut.out");

        public override FlowShape<int[], int[]> Shape => new(_in, _out);

        protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, size);

        private sealed class Logic : InAndOutGraphStageLogic
        {
            private readonly CutStage _stage;
            private readonly int _size;
            private readonly List<int> _held = [];

            public Logic(CutStage stage, int size)
                : base(stage.Shape)
            {
                (_stage, _size) = (stage, size);
                SetHandlers(stage._in, stage._out, this);
            }

            public override void OnPull() => Advance();

            public override void OnPush()
            {
                _held.AddRange(Grab(_stage._in));
                Advance();
            }

            public override void OnUpstreamFinish()
            {
                if (IsAvailable(_stage._out))
                {
                    Advance();
                }
            }

            private void Advance()
            {
                if (_held.Count >= _size || (IsClosed(_stage._in) && _held.Count > 0))
                {
                    Push(_stage._out, [.. _held.Take(_size)]);
                    _held.RemoveRange(0, Math.Min(_size, _held.Count));
                }
                else if (!IsClosed(_stage._in))
                {
                    Pull(_stage._in);
                }

                if (IsClosed(_stage._in) && _held.Count == 0)
                {
                    CompleteStage();
                }
            }
        }
    }

    private sealed class CallbackSource(int count) : GraphStage<SourceShape<int>>
    {
        public Action<int>? Send { get; private set; }

        public override SourceShape<int> Shape { get; } = new(new Outlet<int>("Callback.out"));

        protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, count);

        private sealed class Logic : OutGraphStageLogic
        {
            private readonly CallbackSource _stage;
            private readonly Queue<int> _sent = new();
            private int _left;

            public Logic(CallbackSource stage, int count)
                : base(stage.Shape)
            {
                (_stage, _left) = (stage, count);
                SetHandler(stage.Shape.Outlet, this);
            }

            public override void PreStart() => _stage.Send = GetAsyncCallback<int>(n =>
            {
                _sent.Enqueue(n);
                if (IsAvailable(_stage.Shape.Outlet))
                {
                    OnPull();
                }
            });

            public override void OnPull()
            {
                if (_sent.TryDequeue(out var n))
                {
                    Push(_stage.Shape.Outlet, n);
                    if (--_left == 0)
                    {
                        CompleteStage();
                    }
                }
            }
        }
    }

    private sealed class TimerSource : GraphStage<SourceShape<string>>
    {
        public override SourceShape<string> Shape { get; } = new(new Outlet<string>("Timer.out"));

        protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(Shape);

        private sealed class Logic : TimerGraphStageLogic, IOutHandler
        {
            private readonly Outlet<string> _out;
            private readonly Queue<string> _fired = new();
            private int _ticks;

            public Logic(SourceShape<string> shape)
                : base(shape)
            {
                _out = shape.Outlet;
                SetHandler(_out, this);
            }

            public override void PreStart()
            {
                ScheduleOnce("never", TimeSpan.FromMilliseconds(1));
                CancelTimer("never");
                ScheduleOnce("once", TimeSpan.FromMilliseconds(1));
                ScheduleRepeatedly("tick", TimeSpan.FromMilliseconds(5));
                Assert.True(IsTimerActive("tick"));
                Assert.False(IsTimerActive("never"));
            }

            public void OnPull()
            {
                if (_fired.TryDequeue(out var key))
                {
                    Push(_out, key);
                    if (key is "tick" && ++_ticks == 3)
                    {
                        CompleteStage();
                    }
                }
            }

            public void OnDownstreamFinish(Exception cause) => CancelStage(cause);

            protected override void OnTimer(object timerKey)
            {
                _fired.Enqueue((string)timerKey);
                if (IsAvailable(_out))
                {
                    OnPull();
                }
            }
        }
    }

    private sealed class ThrowingStage : GraphStage<FlowShape<int, int>>
    {
        private volatile bool _isStopped;

        public bool IsStopped => _isStopped;

        public override FlowShape<int, int> Shape { get; } = new(new Inlet<int>("Throwing.in"), new Outlet<int>("Throwing.out"));

        protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

        private sealed class Logic : GraphStageLogic
        {
            private readonly ThrowingStage _stage;

            public Logic(ThrowingStage stage)
                : base(stage.Shape)
            {
                _stage = stage;
                SetHandler(stage.Shape.Inlet, () => throw new DivideByZeroException());
                SetHandler(stage.Shape.Outlet, () => Pull(stage.Shape.Inlet));
            }

            public override void PostStop() => _stage._isStopped = true;
        }
    }
}
