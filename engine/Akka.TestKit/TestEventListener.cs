using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.TestKit.Internal;

namespace Akka.TestKit;

/// <summary>The logger of a test: keeps quiet about what an EventFilter catches, prints the rest.</summary>
public class TestEventListener : DefaultLogger
{
    private readonly List<LogFilter> _filters = [];

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger initialize:
                foreach (var type in (Type[])[typeof(MuteFilters), typeof(UnmuteFilters), typeof(DeadLetter)])
                {
                    initialize.LoggingBus.Subscribe(Context.Self, type);
                }

                return base.Receive(message);
            case MuteFilters mute:
                _filters.AddRange(mute.Filters);
                return true;
            case UnmuteFilters unmute:
                _filters.RemoveAll(unmute.Filters.Contains);
                return true;
            case DeadLetter { Message: not Terminate } letter:
                IsCaught(new Warning(letter.Recipient.Path.ToString(), letter.Recipient.GetType(), letter));
                return true;
            case DeadLetter:
                return true;
            case LogEvent logged when IsCaught(logged):
                return true;
            default:
                return base.Receive(message);
        }
    }

    private bool IsCaught(LogEvent logged)
    {
        // All of them, so that filters that overlap count alike.
        var caught = false;
        _filters.ForEach(filter => caught |= filter.Catches(logged));
        return caught;
    }
}
