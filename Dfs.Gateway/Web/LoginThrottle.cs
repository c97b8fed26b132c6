namespace Dfs.Gateway.Web;

/// <summary>How often somebody may try a token that is wrong.</summary>
/// <remarks>
/// Thread-safe. Of the node, not of an address: on loopback all come from one. A right token is refused as well while none is allowed,
/// or guessing would not be slowed down.
/// </remarks>
public sealed class LoginThrottle(TimeProvider time)
{
    /// <summary>10 wrong tokens at once: a person who pastes the wrong line.</summary>
    public const int FailuresMax = 10;

    /// <summary>6 s after which one of them is forgotten: ten guesses a minute against 256 bits.</summary>
    public static readonly TimeSpan ForgetAfter = TimeSpan.FromSeconds(6);

    private readonly Lock _lock = new();
    private long _since = time.GetTimestamp();
    private double _failures;

    /// <summary>How long nobody may try; zero when it is allowed.</summary>
    public TimeSpan Wait
    {
        get
        {
            lock (_lock)
            {
                Forget();
                return ForgetAfter * Math.Max(0, _failures - (FailuresMax - 1));
            }
        }
    }

    public void NoteFailure()
    {
        lock (_lock)
        {
            Forget();
            _failures = Math.Min(FailuresMax, _failures + 1);
        }
    }

    private void Forget()
    {
        var now = time.GetTimestamp();
        _failures = Math.Max(0, _failures - (time.GetElapsedTime(_since, now) / ForgetAfter));
        _since = now;
    }
}
