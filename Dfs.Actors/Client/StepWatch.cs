namespace Dfs.Actors.Client;

/// <summary>Ends one step of a request when its time is over, or the caller does not want it any more.</summary>
internal sealed class StepWatch : IDisposable
{
    private readonly CancellationToken _outer;
    private readonly CancellationTokenSource? _timer, _either;

    /// <param name="time">Null: only the caller ends it.</param>
    public StepWatch(TimeSpan? time, TimeProvider clock, CancellationToken outer)
    {
        _outer = outer;
        if (time is { } most)
        {
            _timer = new CancellationTokenSource(most > TimeSpan.Zero ? most : TimeSpan.Zero, clock);
            _either = CancellationTokenSource.CreateLinkedTokenSource(outer, _timer.Token);
        }
    }

    public CancellationToken Token => _either?.Token ?? _outer;

    /// <summary>The time is over, and the caller still waits.</summary>
    public bool IsOver => _timer is { IsCancellationRequested: true } && !_outer.IsCancellationRequested;

    public void Dispose()
    {
        _either?.Dispose();
        _timer?.Dispose();
    }
}
