using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>Gives a slot's name, as UTF-8.</summary>
internal delegate ReadOnlySpan<byte> SlotName(int slot);

/// <summary>Slots in the order of their names: blocks of at most 256, 4 bytes each and half of that again for room.</summary>
internal sealed class SlotOrder(SlotName nameOf)
{
    private const int BlockSlotsMax = 256;

    /// <summary>A block that has fewer is joined with the next, when both fit one and leave room.</summary>
    private const int BlockSlotsMin = 64;

    private readonly List<Block> _blocks = [];

    public void Add(int slot)
    {
        if (_blocks.Count == 0)
        {
            _blocks.Add(new Block());
        }

        // Names that come in their order are not looked for.
        var last = _blocks[^1];
        (int Block, int Index) at = last.Count > 0 && Compare(last.Slots[last.Count - 1], nameOf(slot), slot) < 0
            ? (_blocks.Count - 1, last.Count)
            : PlaceOf(nameOf(slot), slot);
        var block = _blocks[at.Block];
        if (block.Count == BlockSlotsMax)
        {
            // Names that come in their order fill the blocks: behind the last one nothing is moved.
            var keep = at is { Index: BlockSlotsMax } && at.Block == _blocks.Count - 1 ? BlockSlotsMax : BlockSlotsMax / 2;
            _blocks.Insert(at.Block + 1, block.Split(keep));
            at = at.Index <= keep && keep < BlockSlotsMax ? at : (at.Block + 1, at.Index - keep);
        }

        _blocks[at.Block].Insert(at.Index, slot);
    }

    /// <summary>While its name still is what it was when it was added.</summary>
    public void Remove(int slot)
    {
        var (block, index) = PlaceOf(nameOf(slot), slot);
        Invariant.Holds(index < _blocks[block].Count && _blocks[block].Slots[index] == slot, "a slot stands where its name does");
        _blocks[block].Remove(index);
        if (_blocks[block].Count == 0)
        {
            _blocks.RemoveAt(block);
        }
        else if (_blocks[block].Count < BlockSlotsMin && block + 1 < _blocks.Count
            && _blocks[block].Count + _blocks[block + 1].Count <= BlockSlotsMax - BlockSlotsMin)
        {
            _blocks[block].Append(_blocks[block + 1]);
            _blocks.RemoveAt(block + 1);
        }
    }

    /// <summary>Where the first name at or after these bytes is; behind the last when there is none.</summary>
    public (int Block, int Index) Seek(ReadOnlySpan<byte> from) => _blocks.Count == 0 ? (0, 0) : Within(PlaceOf(from, int.MinValue));

    public (int Block, int Index) Next((int Block, int Index) place) => Within((place.Block, place.Index + 1));

    /// <returns>-1 behind the last.</returns>
    public int At((int Block, int Index) place) => place.Block < _blocks.Count ? _blocks[place.Block].Slots[place.Index] : -1;

    private (int Block, int Index) Within((int Block, int Index) place) =>
        place.Block < _blocks.Count && place.Index == _blocks[place.Block].Count ? (place.Block + 1, 0) : place;

    // The last block whose first is not behind it, and in it the first that is not before it.
    private (int Block, int Index) PlaceOf(ReadOnlySpan<byte> name, int slot)
    {
        var (low, high) = (0, _blocks.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = Compare(_blocks[middle].Slots[0], name, slot) <= 0 ? (middle, high) : (low, middle - 1);
        }

        var block = _blocks[low];
        var (first, end) = (0, block.Count);
        while (first < end)
        {
            var middle = (first + end) / 2;
            (first, end) = Compare(block.Slots[middle], name, slot) < 0 ? (middle + 1, end) : (first, middle);
        }

        return (low, first);
    }

    // No two files have one name; if the owner's software ever made it so, both are listed.
    private int Compare(int slot, ReadOnlySpan<byte> name, int other)
    {
        var order = nameOf(slot).SequenceCompareTo(name);
        return order != 0 ? order : slot.CompareTo(other);
    }

    private sealed class Block
    {
        public int[] Slots { get; } = new int[BlockSlotsMax];

        public int Count { get; private set; }

        public void Insert(int index, int slot)
        {
            Slots.AsSpan(index, Count - index).CopyTo(Slots.AsSpan(index + 1));
            Slots[index] = slot;
            Count++;
        }

        public void Remove(int index)
        {
            Slots.AsSpan(index + 1, Count - index - 1).CopyTo(Slots.AsSpan(index));
            Count--;
        }

        public Block Split(int keep)
        {
            var rest = new Block { Count = Count - keep };
            Slots.AsSpan(keep, rest.Count).CopyTo(rest.Slots);
            Count = keep;
            return rest;
        }

        public void Append(Block next)
        {
            next.Slots.AsSpan(0, next.Count).CopyTo(Slots.AsSpan(Count));
            Count += next.Count;
        }
    }
}
