namespace Dfs.Core.Listing;

/// <content>Who holds what of a slot, and whether that was chosen.</content>
public sealed partial class NameTable
{
    private void Settle(int slot, Voters voters, HeadOpener open)
    {
        _slots[slot].Flags &= ~SlotFlags.IsTouched;
        _unsettled.Remove(slot);
        if (_slots[slot].Holders == 0 && _votes.Of(slot).IsEmpty)
        {
            Erase(slot);
            return;
        }

        var groups = voters.Of(_slots[slot].Register.Partition);
        if (IsHeldBy(groups, slot, _slots[slot].Mark))
        {
            SetChosen(slot, true);
            _votes.DropValues(slot);
            return;
        }

        SetChosen(slot, false);
        foreach (var vote in _votes.Of(slot))
        {
            if (IsHeldBy(groups, slot, vote.Mark))
            {
                if (ValueOf(slot, vote.Mark) is { IsEmpty: false } value)
                {
                    Choose(slot, vote.Mark, value, open);
                    SetChosen(slot, true);
                    _votes.DropValues(slot);
                }
                else
                {
                    _unsettled.Add(slot);
                }

                return;
            }
        }

        if (!IsHeldBy(groups, slot, BallotMark.None))
        {
            _unsettled.Add(slot);
        }
    }

    private bool IsDisputed(int slot)
    {
        var isDisputed = (_slots[slot].Flags & SlotFlags.IsChosen) == 0;
        foreach (var vote in _votes.Of(slot))
        {
            isDisputed |= vote.Mark != _slots[slot].Mark;
        }

        return isDisputed;
    }

    /// <param name="mark">None asks for those who hold nothing.</param>
    private bool IsHeldBy(ReadOnlySpan<Voters.Group> groups, int slot, BallotMark mark)
    {
        foreach (var group in groups)
        {
            var count = 0;
            foreach (var replica in group.Present)
            {
                count += HeldBy(slot, replica) == mark ? 1 : 0;
            }

            if (count < group.Majority)
            {
                return false;
            }
        }

        return true;
    }

    private BallotMark HeldBy(int slot, ushort replica)
    {
        for (var holders = _slots[slot].Holders; holders != 0; holders >>= 16)
        {
            if ((ushort)(holders & HolderMask) == replica)
            {
                return _slots[slot].Mark;
            }
        }

        foreach (var vote in _votes.Of(slot))
        {
            if (vote.Replica == replica)
            {
                return vote.Mark;
            }
        }

        return BallotMark.None;
    }

    private ReadOnlyMemory<byte> ValueOf(int slot, BallotMark mark)
    {
        foreach (var vote in _votes.Of(slot))
        {
            if (vote.Mark == mark && !vote.Value.IsEmpty)
            {
                return vote.Value;
            }
        }

        return default;
    }

    /// <summary>From here on the slot is described by this value; who holds what stays.</summary>
    private void Choose(int slot, BallotMark mark, ReadOnlyMemory<byte> value, HeadOpener open)
    {
        for (; _slots[slot].Holders != 0; _slots[slot].Holders >>= 16)
        {
            _votes.Add(slot, new Vote((ushort)(_slots[slot].Holders & HolderMask), _slots[slot].Mark, default));
        }

        Describe(slot, mark, open(_slots[slot].Register, value.Span));
        foreach (var replica in _votes.Remove(slot, mark))
        {
            AddHolder(slot, replica);
        }
    }

    private void AddHolder(int slot, ushort replica)
    {
        ref var its = ref _slots[slot];
        if (its.Holders >> 48 == 0)
        {
            its.Holders = (its.Holders << 16) | replica;
        }
        else
        {
            _votes.Add(slot, new Vote(replica, its.Mark, default));
        }
    }

    private void Remove(int slot, ushort replica)
    {
        ref var its = ref _slots[slot];
        var left = 0UL;
        for (var holders = its.Holders; holders != 0; holders >>= 16)
        {
            left = (ushort)(holders & HolderMask) == replica ? left : (left << 16) | (ushort)(holders & HolderMask);
        }

        its.Holders = left;
        _votes.Remove(slot, replica);
    }
}
