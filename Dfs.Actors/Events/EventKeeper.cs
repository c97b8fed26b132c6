using Akka.Actor;
using Dfs.Core.Events;
using Dfs.Storage.Events;
using static Dfs.Actors.Events.EventProtocol;

namespace Dfs.Actors.Events;

/// <summary>Looks at the node and its cluster once a second, and notes what has happened since.</summary>
/// <remarks>
/// One per actor system, at <see cref="Name"/>, below the user guardian. State: the <see cref="EventWatch"/>, lost with the actor system;
/// what came and went between two of them is not noted. The log outlives it.
/// </remarks>
public sealed class EventKeeper : UntypedActor, IWithTimers
{
    /// <summary>Other nodes find it at /user/events.</summary>
    public const string Name = "events";

    /// <summary>200 events: with the longest texts still within a message.</summary>
    public const int AnswerMax = 200;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly EventLog _log;
    private readonly Func<Sight> _see;
    private EventWatch _watch = EventWatch.Empty;

    public EventKeeper(EventLog log, Func<Sight> see) => (_log, _see) = (log, see);

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="see">Answered at once, from memory.</param>
    public static Props Props(EventLog log, Func<Sight> see) => Akka.Actor.Props.Create(() => new EventKeeper(log, see));

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, Every);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tick: Look(); break;
            case GetEvents ask: Sender.Tell(new EventsAre(_see().Self, _log.Since(ask.SinceUnixMs, AnswerMax))); break;
            default: Unhandled(message); break;
        }
    }

    private void Look()
    {
        (_watch, var events) = _watch.See(_see());
        foreach (var (kind, subject, text) in events)
        {
            _log.Add(kind, subject, text);
        }
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
