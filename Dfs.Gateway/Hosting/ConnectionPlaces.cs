using System.Net;

namespace Dfs.Gateway.Hosting;

/// <summary>How many connections each address has on one port. Thread-safe.</summary>
/// <remarks>Knows addresses only while they are connected, so the port's own limit bounds it.</remarks>
/// <param name="remoteMax">Of an address off loopback.</param>
/// <param name="loopbackMax">Of an address on loopback.</param>
internal sealed class ConnectionPlaces(int remoteMax, int loopbackMax)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);

    /// <returns>False when the address has all that it may have.</returns>
    public bool TryTake(IPAddress address)
    {
        var (name, max) = (ClientLimits.NameOf(address), IPAddress.IsLoopback(address) ? loopbackMax : remoteMax);
        lock (_lock)
        {
            var taken = _taken.GetValueOrDefault(name);
            if (taken >= max)
            {
                return false;
            }

            _taken[name] = taken + 1;
            return true;
        }
    }

    /// <summary>Gives one back that was taken.</summary>
    public void Free(IPAddress address)
    {
        var name = ClientLimits.NameOf(address);
        lock (_lock)
        {
            var left = _taken[name] - 1;
            if (left == 0)
            {
                _taken.Remove(name);
            }
            else
            {
                _taken[name] = left;
            }
        }
    }
}
