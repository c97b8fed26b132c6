namespace Akka;

/// <summary>The value of an asynchronous operation that only has an end.</summary>
public sealed class Done
{
    public static readonly Done Instance = new();

    private Done()
    {
    }
}
