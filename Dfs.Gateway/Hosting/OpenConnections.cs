using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Hosting;

/// <summary>The connections of one port: so many at most, and one that rests makes room for who comes. Thread-safe.</summary>
/// <remarks>
/// A connection rests while no request of it is under way: before its headers are there, and between two requests. Where all places
/// are taken, the one that has rested longest ends; where none rests, who comes is refused. So whoever opens connections and says
/// nothing, or says it a byte at a time, keeps nobody out.
/// </remarks>
internal sealed class OpenConnections(int max)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Place> _resting = new();
    private int _taken;

    /// <param name="end">Ends the connection; may be called at any time, once.</param>
    /// <returns>Null when all places are at work.</returns>
    public Place? TryTake(Action end)
    {
        Place? rested = null;
        var place = new Place(this, end);
        lock (_lock)
        {
            if (_taken == max)
            {
                if (_resting.First is not { } first)
                {
                    return null;
                }

                rested = first.Value;
                Leave(rested);
            }

            _taken++;
            _resting.AddLast(place.Node);
        }

        rested?.End();
        return place;
    }

    /// <summary>Notes that the request's connection is at work, until what this gives is disposed of.</summary>
    public static Working Work(HttpContext http) =>
        http.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(typeof(Place), out var place) == true ? ((Place)place!).Work() : default;

    private void Leave(Place place)
    {
        if (place.IsIn)
        {
            place.IsIn = false;
            _taken--;
            place.Node.List?.Remove(place.Node);
        }
    }

    /// <summary>One connection's; it is free again when this is disposed of.</summary>
    internal sealed class Place : IDisposable
    {
        private readonly OpenConnections _all;
        private readonly Action _end;

        public Place(OpenConnections all, Action end)
        {
            (_all, _end) = (all, end);
            Node = new LinkedListNode<Place>(this);
        }

        /// <summary>In the list of those that rest, or not; kept so that nothing is allocated for a request.</summary>
        public LinkedListNode<Place> Node { get; }

        public bool IsIn { get; set; } = true;

        public void End() => _end();

        public void Put(ConnectionContext connection) => connection.Items[typeof(Place)] = this;

        public Working Work()
        {
            lock (_all._lock)
            {
                Node.List?.Remove(Node);
            }

            return new Working(this);
        }

        public void Dispose()
        {
            lock (_all._lock)
            {
                _all.Leave(this);
            }
        }

        public void Rest()
        {
            lock (_all._lock)
            {
                if (IsIn && Node.List is null)
                {
                    _all._resting.AddLast(Node);
                }
            }
        }
    }

    /// <summary>A request under way; of no connection, when it is the default.</summary>
    internal readonly struct Working(Place? place) : IDisposable
    {
        public void Dispose() => place?.Rest();
    }
}
