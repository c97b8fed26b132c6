namespace Akka.Remote.Transport;

/// <summary>Connections that have not said who they are. When there are too many, the oldest has to go.</summary>
/// <remarks>The oldest, because an honest peer speaks within milliseconds; refusing newcomers would shut it out.</remarks>
internal sealed class HalfOpenConnections(int limit)
{
    private readonly Lock _sync = new();
    private readonly LinkedList<IDisposable> _oldestFirst = new();

    public LinkedListNode<IDisposable> Add(IDisposable connection)
    {
        LinkedListNode<IDisposable> added;
        IDisposable? evicted = null;
        lock (_sync)
        {
            added = _oldestFirst.AddLast(connection);
            if (_oldestFirst.Count > limit)
            {
                evicted = _oldestFirst.First!.Value;
                _oldestFirst.RemoveFirst();
            }
        }

        evicted?.Dispose();
        return added;
    }

    public void Remove(LinkedListNode<IDisposable> connection)
    {
        lock (_sync)
        {
            if (connection.List != null)
            {
                _oldestFirst.Remove(connection);
            }
        }
    }

    public void CloseAll()
    {
        IDisposable[] all;
        lock (_sync)
        {
            all = [.. _oldestFirst];
            _oldestFirst.Clear();
        }

        Array.ForEach(all, connection => connection.Dispose());
    }
}
