using System.Net.Security;
using Dfs.Core.Primitives;
using Microsoft.AspNetCore.Connections;

namespace Dfs.Actors.Trust;

/// <summary>Which connections are open to which node, so that they can be cut. Does not keep them alive.</summary>
internal sealed class OpenConnections
{
    private const int PruneFrom = 64;

    private readonly Lock _lock = new();
    private readonly List<(ReplicaId Node, WeakReference<object> Connection)> _open = [];
    private int _pruneAt = PruneFrom;

    /// <param name="connection">A <see cref="ConnectionContext"/> of the web server, else an <see cref="SslStream"/>.</param>
    public void Add(ReplicaId node, object connection)
    {
        lock (_lock)
        {
            if (_open.Count >= _pruneAt)
            {
                _open.RemoveAll(one => !one.Connection.TryGetTarget(out _));
                _pruneAt = Math.Max(PruneFrom, 2 * _open.Count);
            }

            _open.Add((node, new WeakReference<object>(connection)));
        }
    }

    public void Cut(Func<ReplicaId, bool> which)
    {
        List<(ReplicaId Node, WeakReference<object> Connection)> cut;
        lock (_lock)
        {
            cut = _open.FindAll(one => which(one.Node));
            _open.RemoveAll(one => which(one.Node));
        }

        foreach (var (_, reference) in cut)
        {
            switch (reference.TryGetTarget(out var connection) ? connection : null)
            {
                // The server's streams cannot be disposed by anybody else.
                case ConnectionContext served: served.Abort(); break;
                case SslStream stream: stream.Dispose(); break;
                default: break;
            }
        }
    }
}
