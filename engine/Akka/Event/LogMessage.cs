namespace Akka.Event;

public interface ILogMessageFormatter
{
    string Format(string format, params object[] args);
}

/// <summary>As string.Format.</summary>
public class DefaultLogMessageFormatter : ILogMessageFormatter
{
    public static readonly DefaultLogMessageFormatter Instance = new();

    private DefaultLogMessageFormatter()
    {
    }

    public string Format(string format, params object[] args) => string.Format(format, args);
}

/// <summary>A text with places and what goes there; put together only when somebody prints it.</summary>
public abstract class LogMessage
{
    protected readonly ILogMessageFormatter Formatter;

    public LogMessage(ILogMessageFormatter formatter, string format)
    {
        Formatter = formatter;
        Format = format;
    }

    public string Format { get; }

    public abstract IEnumerable<object> Parameters();

    public abstract string Unformatted();
}

internal sealed class DefaultLogMessage(ILogMessageFormatter formatter, string format, object[] args)
    : LogMessage(formatter, format)
{
    public override IEnumerable<object> Parameters() => args;

    public override string Unformatted() => string.Join(",", args);

    /// <remarks>A format that does not fit its arguments must not take the logger down.</remarks>
    public override string ToString()
    {
        try
        {
            return Formatter.Format(Format, args);
        }
        catch (FormatException)
        {
            return $"{Format} [{Unformatted()}]";
        }
    }
}
