namespace Dfs.Actors.Transfer;

/// <summary>The content's source failed or broke off; nothing of it was stored.</summary>
public sealed class SourceFailedException(string message) : IOException(message)
{
    /// <param name="promisedBytes">What the client said that it would send; null when it did not.</param>
    public static void ThrowUnlessWhole(long readBytes, long? promisedBytes)
    {
        if (promisedBytes is { } promised && promised != readBytes)
        {
            throw new SourceFailedException($"the content ended after {readBytes} of {promised} bytes");
        }
    }
}
