using Dfs.Client;

namespace Dfs.Actors.Transfer;

/// <summary>A put's check for as long as the put is waited for: a transfer that is given up may go on for a moment, and what the check works with is its caller's again.</summary>
internal sealed class AwaitedCheck(IContentCheck check) : IContentCheck, IDisposable
{
    private readonly Lock _lock = new();
    private bool _isOver;

    public void Append(ReadOnlySpan<byte> content)
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                check.Append(content);
            }
        }
    }

    public void End()
    {
        lock (_lock)
        {
            if (_isOver)
            {
                throw new IOException("The request is over.");
            }

            check.End();
        }
    }

    /// <summary>Waits for what is being looked at.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
        }
    }
}
