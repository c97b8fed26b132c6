using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit.Internal;

namespace Akka.TestKit;

/// <summary>Says which log events a test expects; null matches everything.</summary>
/// <remarks>A source is the path of an actor, with or without the address.</remarks>
public class EventFilterFactory
{
    private readonly TestKitBase _kit;
    private readonly ActorSystem _system;
    private readonly IReadOnlyList<LogFilter> _filters;

    internal EventFilterFactory(TestKitBase kit, ActorSystem system, IReadOnlyList<LogFilter> filters) =>
        (_kit, _system, _filters) = (kit, system, filters);

    public IEventFilterApplier Info(
        string message = null, string start = null, string contains = null, string source = null) =>
        ForLogLevel(LogLevel.InfoLevel, message, start, contains, source);

    public IEventFilterApplier Info(Regex pattern, string source = null) =>
        ForLogLevel(LogLevel.InfoLevel, pattern, source);

    public IEventFilterApplier Warning(
        string message = null, string start = null, string contains = null, string source = null) =>
        ForLogLevel(LogLevel.WarningLevel, message, start, contains, source);

    public IEventFilterApplier Warning(Regex pattern, string source = null) =>
        ForLogLevel(LogLevel.WarningLevel, pattern, source);

    /// <summary>With or without an exception, whose message then counts, too.</summary>
    public IEventFilterApplier Error(
        string message = null, string start = null, string contains = null, string source = null) =>
        ForLogLevel(LogLevel.ErrorLevel, message, start, contains, source);

    public IEventFilterApplier Error(Regex pattern, string source = null) =>
        ForLogLevel(LogLevel.ErrorLevel, pattern, source);

    public IEventFilterApplier Exception<TException>(
        string message = null, string start = null, string contains = null, string source = null)
        where TException : Exception =>
        Exception(typeof(TException), message, start, contains, source);

    public IEventFilterApplier Exception(
        Type exceptionType, string message = null, string start = null, string contains = null, string source = null,
        bool checkInnerExceptions = false) =>
        Apply(new LogFilter(
            LogLevel.ErrorLevel, Text(message, start, contains), source, exceptionType, checkInnerExceptions));

    public IEventFilterApplier ForLogLevel(
        LogLevel logLevel, string message = null, string start = null, string contains = null, string source = null) =>
        Apply(new LogFilter(logLevel, Text(message, start, contains), source, null, false));

    public IEventFilterApplier ForLogLevel(LogLevel logLevel, Regex pattern, string source = null) =>
        Apply(new LogFilter(logLevel, pattern.IsMatch, source, null, false));

    public IEventFilterApplier DeadLetter<TMessage>(string source = null) => DeadLetter(typeof(TMessage), source);

    public IEventFilterApplier DeadLetter<TMessage>(Func<TMessage, bool> isMatch, string source = null) =>
        DeadLetter(typeof(TMessage), message => isMatch((TMessage)message), source);

    public IEventFilterApplier DeadLetter(Type type, string source = null) => DeadLetter(type, _ => true, source);

    /// <param name="source">The actor to whom the message was addressed.</param>
    public IEventFilterApplier DeadLetter(Type type, Func<object, bool> isMatch, string source = null) =>
        Custom<Warning>(warning => warning.Message is DeadLetter letter && type.IsInstanceOfType(letter.Message)
            && isMatch(letter.Message) && LogFilter.IsSource(source, warning.LogSource));

    public IEventFilterApplier Custom(Predicate<LogEvent> predicate) => Apply(new LogFilter(predicate));

    public IEventFilterApplier Custom<TLogEvent>(Predicate<TLogEvent> predicate) where TLogEvent : LogEvent =>
        Custom(logged => logged is TLogEvent typed && predicate(typed));

    private static Predicate<string> Text(string message, string start, string contains) => text =>
        (message is null || text == message)
        && (start is null || text.StartsWith(start, StringComparison.Ordinal))
        && (contains is null || text.Contains(contains, StringComparison.Ordinal));

    private EventFilterApplier Apply(LogFilter filter) => new(_kit, _system, [.. _filters, filter]);
}
