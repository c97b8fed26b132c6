namespace Akka.Streams.IO;

/// <summary>How many bytes went through, and whether that is all of them.</summary>
public readonly struct IOResult
{
    public readonly long Count;

    private readonly Exception? _error;

    private IOResult(long count, Exception? error) => (Count, _error) = (count, error);

    public bool WasSuccessful => _error == null;

    public static IOResult Success(long count) => new(count, null);

    public static IOResult Failed(long count, Exception reason) => new(count, reason);
}
