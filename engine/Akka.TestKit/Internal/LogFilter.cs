using Akka.Actor;
using Akka.Event;

namespace Akka.TestKit.Internal;

/// <summary>Catches log events for a test, and counts them.</summary>
internal sealed class LogFilter
{
    private readonly Predicate<LogEvent> _matches;
    private int _caught;

    public LogFilter(Predicate<LogEvent> matches) => _matches = matches;

    public LogFilter(LogLevel level, Predicate<string> text, string source, Type cause, bool innerCauses)
        : this(logged => logged.LogLevel() == level && IsSource(source, logged.LogSource)
            && Says(logged, logged.Cause, text, cause, innerCauses))
    {
    }

    public int Caught => Volatile.Read(ref _caught);

    public bool Catches(LogEvent logged)
    {
        if (!_matches(logged))
        {
            return false;
        }

        Interlocked.Increment(ref _caught);
        return true;
    }

    public static bool IsSource(string expected, string source) =>
        expected is null
        || string.Equals(expected, source, StringComparison.OrdinalIgnoreCase)
        || (ActorPath.TryParse(source, out var path)
            && string.Equals(expected, path.ToStringWithoutAddress(), StringComparison.OrdinalIgnoreCase));

    private static bool Says(LogEvent logged, Exception cause, Predicate<string> text, Type type, bool innerCauses)
    {
        if (cause is null)
        {
            return type is null && text(logged.Message?.ToString() ?? "");
        }

        var isType = type is null || type.IsInstanceOfType(cause);
        return (isType && (text(logged.Message?.ToString() ?? "") || text(cause.Message)))
            || (innerCauses && cause.InnerException is { } inner && Says(logged, inner, text, type, innerCauses));
    }
}
