using System.Runtime.InteropServices;

namespace Dfs.Core.Listing;

/// <summary>What replicas hold beside a slot's own mark: few, where all is well.</summary>
/// <remarks>Values wait here until their mark is chosen or passed over, and only as long as they have room.</remarks>
internal sealed class RegisterVotes
{
    /// <summary>
    /// 32 MiB of heads that replicas do not agree on yet. What finds no room is read when it is needed; without a limit, a
    /// replica that is slower than the others would make the index as large as what it is behind.
    /// </summary>
    public const int ValueBytesMax = 32 * 1024 * 1024;

    private readonly Dictionary<int, List<Vote>> _votes = [];
    private long _valueBytes;

    public ReadOnlySpan<Vote> Of(int slot) =>
        _votes.TryGetValue(slot, out var votes) ? CollectionsMarshal.AsSpan(votes) : [];

    public void Add(int slot, Vote vote)
    {
        if (!_votes.TryGetValue(slot, out var votes))
        {
            _votes.Add(slot, votes = []);
        }

        if (_valueBytes + vote.Value.Length > ValueBytesMax)
        {
            vote = vote with { Value = default };
        }

        _valueBytes += vote.Value.Length;
        votes.Add(vote);
    }

    public void Remove(int slot, ushort replica)
    {
        if (_votes.TryGetValue(slot, out var votes))
        {
            RemoveAll(slot, votes, vote => vote.Replica == replica);
        }
    }

    /// <returns>Who held it.</returns>
    public IReadOnlyList<ushort> Remove(int slot, BallotMark mark)
    {
        if (!_votes.TryGetValue(slot, out var votes))
        {
            return [];
        }

        List<ushort> holders = [.. votes.Where(vote => vote.Mark == mark).Select(vote => vote.Replica)];
        RemoveAll(slot, votes, vote => vote.Mark == mark);
        return holders;
    }

    /// <summary>Keeps who holds what, without the values.</summary>
    public void DropValues(int slot)
    {
        foreach (ref var vote in _votes.TryGetValue(slot, out var votes) ? CollectionsMarshal.AsSpan(votes) : [])
        {
            _valueBytes -= vote.Value.Length;
            vote = vote with { Value = default };
        }
    }

    public void Clear()
    {
        _votes.Clear();
        _valueBytes = 0;
    }

    private void RemoveAll(int slot, List<Vote> votes, Predicate<Vote> which)
    {
        _valueBytes -= votes.Where(vote => which(vote)).Sum(vote => vote.Value.Length);
        votes.RemoveAll(which);
        if (votes.Count == 0)
        {
            _votes.Remove(slot);
        }
    }
}

/// <param name="Value">Empty when it is not kept; a head never is.</param>
internal readonly record struct Vote(ushort Replica, BallotMark Mark, ReadOnlyMemory<byte> Value);
