using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>What the index keeps of every register of its owner: 64 bytes.</summary>
internal struct RegisterSlot
{
    /// <summary>Of <see cref="Record"/>, when there is none.</summary>
    public const int NoRecord = -1;

    public RegisterId Register;

    /// <summary>Whose value the record and the flags were taken from.</summary>
    public BallotMark Mark;

    /// <summary>Replicas that have accepted <see cref="Mark"/>, 16 bits each; those beyond four are kept elsewhere.</summary>
    public ulong Holders;

    /// <summary>The next slot of the same hash, or the next free one; -1 ends.</summary>
    public int Next;

    /// <summary>Where the name is; <see cref="NoRecord"/> for what is not listed.</summary>
    public int Record;

    /// <summary>The lowest key epoch that anything in the head is wrapped in.</summary>
    public uint Epoch;

    /// <summary>Which of the index's buckets.</summary>
    public ushort Bucket;

    public SlotFlags Flags;
}

[Flags]
internal enum SlotFlags : byte
{
    None = 0,

    IsUsed = 1,

    /// <summary>The mark's value is the one that was chosen.</summary>
    IsChosen = 2,

    /// <summary>A tombstone, or another owner's: nothing of it is the owner's to see.</summary>
    IsRemoved = 4,

    HasShares = 8,

    /// <summary>The keys that were there did not open all of it.</summary>
    IsSealed = 16,

    /// <summary>Stands in the list of what has changed since the last settling.</summary>
    IsTouched = 32,

    /// <summary>There is more than one version, or a delete marker.</summary>
    HasHistory = 64,
}

/// <summary>A hash table from registers to slots that keep their numbers.</summary>
/// <remarks>Grows by pieces of 256 KiB and, for the hash, 4 to 8 bytes a slot; nothing in it is an object of its own.</remarks>
internal sealed class RegisterSlots
{
    private const int PieceBits = 12;
    private const int PieceMask = (1 << PieceBits) - 1;
    private const int End = -1;

    private readonly List<RegisterSlot[]> _pieces = [];
    private int[] _heads = NewHeads(1024);
    private int _free = End;
    private int _usedEnd;

    public int Count { get; private set; }

    /// <summary>Valid until slots are added or cleared.</summary>
    public ref RegisterSlot this[int slot] => ref _pieces[slot >> PieceBits][slot & PieceMask];

    /// <summary>All that are in use; the one at which an enumeration is may be removed.</summary>
    public IEnumerable<int> Used => Enumerable.Range(0, _usedEnd).Where(slot => (this[slot].Flags & SlotFlags.IsUsed) != 0);

    /// <returns>-1 when it is not there.</returns>
    public int Find(RegisterId register)
    {
        var slot = _heads[HeadOf(register)];
        while (slot != End && this[slot].Register != register)
        {
            slot = this[slot].Next;
        }

        return slot;
    }

    /// <param name="register">Not yet in the table.</param>
    public int Add(RegisterId register)
    {
        if (Count == _heads.Length)
        {
            Grow();
        }

        var slot = _free;
        if (slot != End)
        {
            _free = this[slot].Next;
        }
        else
        {
            slot = _usedEnd++;
            if (slot >> PieceBits == _pieces.Count)
            {
                _pieces.Add(new RegisterSlot[1 << PieceBits]);
            }
        }

        ref var head = ref _heads[HeadOf(register)];
        this[slot] = new RegisterSlot { Register = register, Next = head, Record = RegisterSlot.NoRecord, Flags = SlotFlags.IsUsed };
        head = slot;
        Count++;
        return slot;
    }

    public void Remove(int slot)
    {
        ref var link = ref _heads[HeadOf(this[slot].Register)];
        while (link != slot)
        {
            link = ref this[link].Next;
        }

        link = this[slot].Next;
        this[slot] = new RegisterSlot { Next = _free };
        _free = slot;
        Count--;
    }

    public void Clear()
    {
        _pieces.Clear();
        (_heads, _free, _usedEnd, Count) = (NewHeads(1024), End, 0, 0);
    }

    private void Grow()
    {
        _heads = NewHeads(_heads.Length * 2);
        foreach (var slot in Used)
        {
            ref var head = ref _heads[HeadOf(this[slot].Register)];
            this[slot].Next = head;
            head = slot;
        }
    }

    // Registers are hashes; where they are not, a peer has chosen them, and only this owner's come here.
    private int HeadOf(RegisterId register) => register.Value.GetHashCode() & (_heads.Length - 1);

    private static int[] NewHeads(int count)
    {
        var heads = new int[count];
        Array.Fill(heads, End);
        return heads;
    }
}
