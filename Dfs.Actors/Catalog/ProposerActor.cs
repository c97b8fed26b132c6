using Akka.Actor;
using Akka.Event;
using Dfs.Actors.Membership;
using Dfs.Actors.Tracing;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using static Dfs.Actors.Catalog.CatalogMessages;
using static Dfs.Actors.Membership.MembershipProtocol;

namespace Dfs.Actors.Catalog;

/// <summary>Carries out this node's reads and changes of registers: runs a <see cref="Proposer"/> for each.</summary>
/// <remarks>
/// One per node, at <see cref="Name"/>. Operations on one register run one after the other, all others side by side.
/// State: the leases and what runs, lost on restart; who asked then times out, and a change may have taken effect.
/// Never waits: the local replica's disk answers by message like a remote one.
/// </remarks>
public sealed class ProposerActor : UntypedActor, IWithTimers
{
    /// <summary>At /user/proposer.</summary>
    public const string Name = "proposer";

    /// <summary>10,000 operations, running or waiting; more are told that no quorum answers.</summary>
    public const int OperationsMax = 10_000;

    /// <summary>Timers are due in milliseconds; five of them gather what is due together.</summary>
    private static readonly TimeSpan TimerGrain = TimeSpan.FromMilliseconds(5);

    private readonly ProposerOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ProposerTimers _timers = new();
    private readonly LateAccepts _late = new();
    private readonly Dictionary<ulong, Running> _running = [];
    private readonly Dictionary<RowKey, Queue<Waiting>> _waiting = [];
    private readonly Dictionary<ulong, Waiting> _queued = [];
    private readonly Dictionary<string, IActorRef> _replicas = [];
    private readonly Dictionary<IActorRef, List<ReplicaRequest>> _outbox = [];
    private PartitionLeases _leases;
    private Layout? _layout;
    private ulong _lastOperation;
    private TimeSpan? _armedFor;

    public ProposerActor(ProposerOptions options)
    {
        _options = options;
        _layout = options.Layout();
        _leases = PartitionLeases.Empty(options.Self, options.Start, _layout?.Number ?? LayoutNumber.None);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ProposerOptions options) => Akka.Actor.Props.Create(() => new ProposerActor(options));

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(LayoutChanged));

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        base.PostStop();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RunOperation run: Begin(run.Operation, Sender, RoundSpans.Of(run.Trace), run.Within); break;
            case ReplicaReply reply: OnReply(reply); break;
            case ReplicaReplies replies: OnReplies(replies); break;
            case OutboxFilled: SendOutbox(); break;
            case DraftFinished finished: OnFinished(finished); break;
            case DraftFailed failed: _log.Error(failed.Cause, "A value could not be signed"); break;
            case TimerDue: OnTimerDue(); break;
            case LateDue: OnLateDue(); break;
            case LayoutChanged changed: OnLayout(changed.Layout); break;
            case Status.Failure failure: _log.Warning("The local replica failed: {0}", failure.Cause.Message); break;
            default: Unhandled(message); break;
        }
    }

    private void Begin(RegisterOperation operation, IActorRef asker, RoundSpans? spans, TimeSpan? within)
    {
        var due = Context.System.Scheduler.MonotonicClock + (within ?? (2 * _options.Times.Deadline));
        // The directory may have the first one, and the node be ready, before the message comes.
        if (_layout is null && _options.Layout() is { } first)
        {
            OnLayout(first);
        }

        if (_layout is null || _running.Count + _queued.Count >= OperationsMax)
        {
            asker.Tell(new OperationEnded(new Unavailable()));
        }
        else if (_waiting.TryGetValue(operation.Key, out var queue))
        {
            var waiting = new Waiting(++_lastOperation, operation, asker, spans, due);
            queue.Enqueue(waiting);
            _queued.Add(waiting.Number, waiting);
            _timers.Add(waiting.Number, Proposer.DeadlineAttempt, due);
            ArmTimer();
        }
        else
        {
            _waiting.Add(operation.Key, new Queue<Waiting>());
            Start(++_lastOperation, operation, asker, spans, due);
        }
    }

    private void Start(ulong number, RegisterOperation operation, IActorRef asker, RoundSpans? spans, TimeSpan due)
    {
        if (operation is { Change: not null, Claim: PartitionClaim.IfFree } && _leases.IsUnclaimed(operation.Key.Partition))
        {
            ClaimAhead(operation);
        }

        var left = due - Context.System.Scheduler.MonotonicClock;
        var times = left < _options.Times.Deadline ? _options.Times with { Deadline = left > TimeSpan.Zero ? left : TimeSpan.Zero } : _options.Times;
        var step = Proposer.Start(Claiming(operation), ProposerGround.Of(_layout!, operation.Key), times, _options.Rules, _leases);
        _running.Add(number, new Running(step.Proposer, asker, spans));
        CarryOut(number, step);
    }

    // What a node that is away holds would cost everybody else two rounds for each fresh name until it is back, or for ever.
    private RegisterOperation Claiming(RegisterOperation operation) =>
        operation.Claim == PartitionClaim.IfFree && _leases.HeldByOther(operation.Key.Partition) is { } holder
        && !(_options.Directory.IsReachable(holder) && _layout!.Find(holder) is not null)
            ? operation with { Claim = PartitionClaim.TakeOver }
            : operation;

    // Without it each first write to a partition costs its replicas a sync of its own for the promise: a thousand in a node's first seconds.
    private void ClaimAhead(RegisterOperation write)
    {
        foreach (var partition in _leases.ClaimAhead(write.Key.Partition))
        {
            var claim = new RegisterOperation(RowKey.OfClaim(partition), null, null, PartitionClaim.Ahead, write.Epoch, write.Jitter);
            if (!_waiting.ContainsKey(claim.Key) && _running.Count + _queued.Count < OperationsMax)
            {
                Begin(claim, ActorRefs.Nobody, null, null);
            }
        }
    }

    private void OnReply(ReplicaReply reply)
    {
        if (_running.TryGetValue(reply.Operation, out var running))
        {
            running.Spans?.Answered(reply.From, reply.Attempt, reply.Reply);
            CarryOut(reply.Operation, running.Proposer.OnReply(_leases, reply.From, reply.Attempt, reply.Reply));
        }
        else if (reply.Reply is CatalogProtocol.Accepted)
        {
            _late.Accepted(reply.Operation, reply.Attempt, reply.From);
        }
    }

    private void OnReplies(ReplicaReplies replies)
    {
        foreach (var reply in replies.Replies)
        {
            OnReply(reply);
        }
    }

    private void OnFinished(DraftFinished finished)
    {
        if (_running.TryGetValue(finished.Operation, out var running))
        {
            CarryOut(finished.Operation, running.Proposer.OnFinished(_leases, finished.Attempt, finished.Value));
        }
    }

    private void OnLayout(Layout layout)
    {
        if (layout.Number.CompareTo(_layout?.Number ?? LayoutNumber.None) <= 0)
        {
            return;
        }

        _layout = layout;
        _leases = _leases.UnderLayout(layout.Number);
        foreach (var (number, running) in _running.ToList())
        {
            CarryOut(number, running.Proposer.OnLayout(_leases, ProposerGround.Of(layout, running.Proposer.Operation.Key)));
        }
    }

    private void CarryOut(ulong number, ProposerStep step)
    {
        _leases = step.Leases;
        var running = _running[number] with { Proposer = step.Proposer };
        _running[number] = running;
        foreach (var effect in step.Effects)
        {
            switch (effect)
            {
                case SendRequest send: Send(number, running, send); break;
                case SetTimer timer: _timers.Add(number, timer.Attempt, Context.System.Scheduler.MonotonicClock + timer.Delay); break;
                case FinishDraft finish: Finish(number, finish); break;
                case LearnLayout learn: AskForLayout(learn); break;
                case TeachLayout teach: Teach(teach.To); break;
                case Finished finished: Finish(number, running, finished); break;
                default: throw new InvariantException($"a proposer's effect is carried out ({effect.GetType().Name})");
            }
        }

        ArmTimer();
    }

    private void Send(ulong number, Running running, SendRequest send)
    {
        var request = new ReplicaRequest(number, send.Attempt, _options.Self, send.To, send.Request) { Trace = running.Spans?.Sent(send) ?? default };
        if (send.To == _options.Self)
        {
            Enqueue(_options.LocalReplica, request);
        }
        else if (_options.Directory.AddressOf(send.To, _layout) is { } address)
        {
            Enqueue(ReplicaAt(address), request);
        }
    }

    // What the messages that already wait lead to goes along; an idle actor sends at once.
    private void Enqueue(IActorRef replica, ReplicaRequest request)
    {
        if (_outbox.Count == 0)
        {
            Self.Tell(OutboxFilled.Instance);
        }

        if (!_outbox.TryGetValue(replica, out var requests))
        {
            _outbox.Add(replica, requests = []);
        }

        requests.Add(request);
    }

    private void SendOutbox()
    {
        foreach (var (replica, requests) in _outbox)
        {
            CatalogBatch.Send(replica, requests, Self);
        }

        _outbox.Clear();
    }

    private void Finish(ulong number, FinishDraft finish) => _ = finish.Draft.FinishAsync().PipeTo(
        Self,
        success: value => new DraftFinished(number, finish.Attempt, value),
        failure: error => new DraftFailed(error));

    // A path without an incarnation: whoever lives at the address now is meant, and checks the replica id.
    private IActorRef ReplicaAt(string address)
    {
        if (!_replicas.TryGetValue(address, out var replica))
        {
            replica = ActorAt($"{address}/user/{ReplicaActor.Name}");
            _replicas.Add(address, replica);
        }

        return replica;
    }

    private static IActorRef ActorAt(string path) => ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(path);

    private void AskForLayout(LearnLayout learn)
    {
        if (_options.Directory.AddressOf(learn.From, _layout) is { } address)
        {
            _options.Keeper.Tell(new NewerLayoutSeen(learn.Number, address));
        }
    }

    private void Teach(ReplicaId replica)
    {
        if (_layout is not null && _options.Directory.AddressOf(replica, _layout) is { } address)
        {
            // In its name: this node's keeper has the proofs, and answers whoever asks.
            _options.Keeper.Tell(new GetLayout(), ActorAt($"{address}/user/{LayoutKeeper.Name}"));
        }
    }

    private void Finish(ulong number, Running running, Finished finished)
    {
        _running.Remove(number);
        running.Spans?.End();
        var key = running.Proposer.Operation.Key;
        running.Asker.Tell(new OperationEnded(finished.Outcome is Unavailable ? Unanswered(key) : finished.Outcome));
        WaitForLate(number, key, finished);
        var queue = _waiting[key];
        while (queue.TryDequeue(out var next))
        {
            if (!_queued.ContainsKey(next.Number))
            {
                continue;
            }

            if (next.Due <= Context.System.Scheduler.MonotonicClock)
            {
                GiveUp(next);
            }
            else
            {
                _queued.Remove(next.Number);
                Start(next.Number, next.Operation, next.Asker, next.Spans, next.Due);
                return;
            }
        }

        _waiting.Remove(key);
    }

    // Nothing of it was sent, so that is certain. Its place in the queue is passed over.
    private void GiveUp(Waiting waiting)
    {
        _queued.Remove(waiting.Number);
        waiting.Spans?.End();
        waiting.Asker.Tell(new OperationEnded(Unanswered(waiting.Operation.Key)));
    }

    private Unavailable Unanswered(RowKey key) => _layout is not { } layout ? new Unavailable() : new Unavailable
    {
        Away = [.. ProposerGround.Of(layout, key).Quorum.Replicas
            .Where(replica => replica != _options.Self && !_options.Directory.SeemsReachable(replica))
            .Select(replica => layout.Find(replica)?.Name ?? replica.ToString()).Order(StringComparer.Ordinal)],
    };

    // What the council decides, every keeper spreads by itself.
    private void WaitForLate(ulong number, RowKey key, Finished finished)
    {
        if (!key.IsCouncil && finished.Behind.Count > 0)
        {
            _late.Add(number, finished.Attempt, key.Register, finished.Behind, Context.System.Scheduler.MonotonicClock);
            ArmLate();
        }
    }

    private void OnLateDue()
    {
        foreach (var (by, register) in _late.TakeMissed(Context.System.Scheduler.MonotonicClock))
        {
            _options.Missed(by, register);
        }

        ArmLate();
    }

    private void ArmLate()
    {
        if (!_late.IsEmpty && !Timers.IsTimerActive(nameof(LateDue)))
        {
            Timers.StartSingleTimer(nameof(LateDue), LateDue.Instance, LateAccepts.Patience);
        }
    }

    private void ArmTimer()
    {
        if (_timers.Next is { } next && (_armedFor is null || next + TimerGrain < _armedFor))
        {
            _armedFor = next;
            var delay = next - Context.System.Scheduler.MonotonicClock;
            Timers.StartSingleTimer(nameof(TimerDue), TimerDue.Instance, delay > TimerGrain ? delay : TimerGrain);
        }
    }

    private void OnTimerDue()
    {
        _armedFor = null;
        while (_timers.TryTake(Context.System.Scheduler.MonotonicClock, out var timer))
        {
            if (_running.TryGetValue(timer.Operation, out var running))
            {
                CarryOut(timer.Operation, running.Proposer.OnTimer(_leases, timer.Attempt));
            }
            else if (_queued.TryGetValue(timer.Operation, out var waiting))
            {
                GiveUp(waiting);
            }
        }

        ArmTimer();
    }

    private sealed record DraftFinished(ulong Operation, int Attempt, ReadOnlyMemory<byte> Value);

    /// <summary>The operation goes on to its deadline.</summary>
    private sealed record DraftFailed(Exception Cause);

    private sealed record Running(Proposer Proposer, IActorRef Asker, RoundSpans? Spans);

    /// <param name="Due">When who asked is answered, by the scheduler's clock.</param>
    private sealed record Waiting(ulong Number, RegisterOperation Operation, IActorRef Asker, RoundSpans? Spans, TimeSpan Due);

    private sealed class OutboxFilled
    {
        public static readonly OutboxFilled Instance = new();
    }

    private sealed class LateDue
    {
        public static readonly LateDue Instance = new();
    }

    private sealed class TimerDue
    {
        public static readonly TimerDue Instance = new();
    }
}
