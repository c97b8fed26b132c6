using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>Writes an epoch in ten bits, because many chunks share few epochs.</summary>
/// <remarks>
/// A code is counted by its users and given to another epoch when nobody has it any more. When all are taken, the epoch
/// stands beside, under the chunk's id. One thread changes it; an entry that holds a code may be decoded by any thread.
/// </remarks>
internal sealed class EpochCodes
{
    public const int Bits = 10;

    private const int Beside = (1 << Bits) - 1;

    private readonly Epoch[] _epochs = new Epoch[Beside];
    private readonly int[] _users = new int[Beside];
    private readonly Dictionary<Epoch, int> _codes = [];
    private readonly Stack<int> _free = new(Enumerable.Range(0, Beside).Reverse());
    private readonly Dictionary<ChunkId, Epoch> _beside = [];

    public int Take(ChunkId id, Epoch epoch)
    {
        if (!_codes.TryGetValue(epoch, out var code))
        {
            if (!_free.TryPop(out code))
            {
                lock (_beside)
                {
                    _beside[id] = epoch;
                }

                return Beside;
            }

            _codes.Add(epoch, code);
            _epochs[code] = epoch;
        }

        _users[code]++;
        return code;
    }

    public void Return(ChunkId id, int code)
    {
        if (code == Beside)
        {
            lock (_beside)
            {
                _beside.Remove(id);
            }
        }
        else if (--_users[code] == 0)
        {
            _codes.Remove(_epochs[code]);
            _free.Push(code);
        }
    }

    public Epoch Decode(ChunkId id, int code)
    {
        if (code != Beside)
        {
            return _epochs[code];
        }

        lock (_beside)
        {
            return _beside[id];
        }
    }
}
