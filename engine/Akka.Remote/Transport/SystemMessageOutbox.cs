namespace Akka.Remote.Transport;

/// <summary>System messages on their way to one incarnation of a peer, kept until it has them.</summary>
/// <remarks>Pure and not thread-safe: the association guards it. Numbers start at 1 for each incarnation.</remarks>
internal sealed class SystemMessageOutbox
{
    private readonly Queue<(ulong Number, byte[] Body)> _unacknowledged = new();
    private ulong _last;

    public int Count => _unacknowledged.Count;

    public IEnumerable<(ulong Number, byte[] Body)> Unacknowledged => _unacknowledged;

    /// <returns>The number to send it under.</returns>
    public ulong Add(byte[] body)
    {
        _last++;
        _unacknowledged.Enqueue((_last, body));
        return _last;
    }

    public void Acknowledge(ulong upTo)
    {
        while (_unacknowledged.TryPeek(out var oldest) && oldest.Number <= upTo)
        {
            _unacknowledged.Dequeue();
        }
    }

    /// <summary>For a new incarnation: what the old one has not taken is lost with it.</summary>
    public void Reset()
    {
        _unacknowledged.Clear();
        _last = 0;
    }
}
