namespace Akka.Streams.Implementation.IO;

/// <summary>Asks a file sink for a flush between two writes.</summary>
public class FlushSignaler
{
    private event Action? Requested;

    public void Flush() => Requested?.Invoke();

    internal void Listen(Action request) => Requested += request;
}
