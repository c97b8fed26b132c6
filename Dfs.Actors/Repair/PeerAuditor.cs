using Akka.Actor;
using Akka.Event;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Repair;

/// <summary>Takes a sample of another replica now and then.</summary>
/// <remarks>One per node, at <see cref="Name"/>. One sample at a time. No state of its own: <see cref="PeerAudits"/> has it, and outlives it.</remarks>
public sealed class PeerAuditor : ReceiveActor, IWithTimers
{
    /// <summary>At /user/audits.</summary>
    public const string Name = "audits";

    /// <summary>Five seconds: 64 KiB each, 460 samples in 38 minutes.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly PeerAudits _audits;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private Action? _cancel;
    private bool _isSampling;

    public PeerAuditor(PeerAudits audits)
    {
        _audits = audits;
        Receive<Tick>(_ => Begin());
        Receive<Ended>(OnEnded);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(PeerAudits audits) => Akka.Actor.Props.Create(() => new PeerAuditor(audits));

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, Every);

    protected override void PostStop()
    {
        _cancel?.Invoke();
        base.PostStop();
    }

    private void Begin()
    {
        if (!_isSampling)
        {
            _isSampling = true;
            var source = new CancellationTokenSource();
            _cancel = source.Cancel;
            _ = SampleAsync(Self, source.Token);
        }
    }

    private void OnEnded(Ended ended)
    {
        (_isSampling, _cancel) = (false, null);
        if (ended.Caught is { } peer)
        {
            _log.Error(
                "{0} says that it has chunks which it cannot give ({1} samples were wrong): its word about copies is not believed any more. `dfs layout remove` takes it out",
                peer, _audits.Ledger.Peers[peer].Wrong);
        }
        else if (ended.Failure is { } failure and not OperationCanceledException)
        {
            _log.Debug("A sample could not be taken: {0}", failure.Message);
        }
    }

    private async Task SampleAsync(IActorRef self, CancellationToken cancellationToken)
    {
        try
        {
            self.Tell(new Ended(await _audits.SampleAsync(cancellationToken).ConfigureAwait(false), null));
        }
        catch (Exception failure)
        {
            self.Tell(new Ended(null, failure));
        }
    }

    private sealed record Ended(ReplicaId? Caught, Exception? Failure);

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
