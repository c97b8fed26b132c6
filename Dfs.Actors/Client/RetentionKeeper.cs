using Akka.Actor;
using Akka.Event;
using Dfs.Actors.Transfer;
using Dfs.Client;

namespace Dfs.Actors.Client;

/// <summary>Applies the rules of an owner's buckets again and again, as long as the owner's keyring is unlocked here.</summary>
/// <remarks>One per owner of a node. No state: a pass that was broken off is made anew after the next interval.</remarks>
public sealed class RetentionKeeper : ReceiveActor, IWithTimers
{
    private readonly RetentionPass _pass;
    private readonly LifecyclePass _lifecycle;
    private readonly TimeSpan _every;
    private readonly CancellationToken _stopped;
    private readonly Action _stop;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public RetentionKeeper(RetentionPass pass, LifecyclePass lifecycle, TimeSpan every)
    {
        var source = new CancellationTokenSource();
        (_pass, _lifecycle, _every, _stopped, _stop) = (pass, lifecycle, every, source.Token, source.Cancel);
        Receive<PassDue>(_ => OnPassDue());
        Receive<PassEnded>(OnPassEnded);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="every">From the end of one pass to the beginning of the next.</param>
    public static Props Props(RetentionPass pass, LifecyclePass lifecycle, TimeSpan every) =>
        Akka.Actor.Props.Create(() => new RetentionKeeper(pass, lifecycle, every));

    protected override void PreStart() => Schedule();

    protected override void PostStop()
    {
        _stop();
        base.PostStop();
    }

    private void OnPassDue() => _ = RunAsync(Self);

    private async Task RunAsync(IActorRef self)
    {
        try
        {
            var expired = await _pass.RunAsync(_stopped).ConfigureAwait(false);
            self.Tell(new PassEnded(expired + await _lifecycle.RunAsync(_stopped).ConfigureAwait(false), null));
        }
        catch (Exception error)
        {
            self.Tell(new PassEnded(0, error));
        }
    }

    private void OnPassEnded(PassEnded ended)
    {
        // A locked keyring is nobody's fault, and a quorum comes back.
        if (ended.Failure is { } failure and not OperationCanceledException
            and not TransferException { Outcome: DfsOutcome.Locked or DfsOutcome.NotReady })
        {
            _log.Warning("What buckets keep could not be looked through: {0}", failure.Message);
        }

        if (ended.Expired > 0)
        {
            _log.Info("{0} files, versions and uploads are no longer kept, as their buckets' rules say", ended.Expired);
        }

        Schedule();
    }

    private void Schedule() => Timers.StartSingleTimer(nameof(PassDue), PassDue.Instance, _every);

    private sealed class PassDue
    {
        public static readonly PassDue Instance = new();
    }

    private sealed record PassEnded(long Expired, Exception? Failure);
}
