using System.Buffers.Binary;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>Sixty-four bits that stand for a ballot where only "the same or another" is asked.</summary>
/// <remarks>
/// Compared among the few ballots of one register: that two of them share a mark is as likely as two random numbers of 64 bits,
/// and would show an older state of one file in a listing, nothing else.
/// </remarks>
public readonly record struct BallotMark(ulong Value)
{
    /// <summary>Of <see cref="Ballot.None"/>, and of it alone: there is no value.</summary>
    public static readonly BallotMark None;

    public static BallotMark Of(Ballot ballot)
    {
        if (ballot == Ballot.None)
        {
            return None;
        }

        Span<byte> replica = stackalloc byte[Bytes16.SizeBytes];
        ballot.Replica.Value.CopyTo(replica);
        var mark = Mix(Mix(ballot.Round) ^ BinaryPrimitives.ReadUInt64BigEndian(replica));
        mark = Mix(mark ^ BinaryPrimitives.ReadUInt64BigEndian(replica[8..]));
        mark = Mix(Mix(mark ^ ballot.Start) ^ ballot.Sequence);
        return new BallotMark(mark == 0 ? 1 : mark);
    }

    // SplitMix64's finalizer (Steele et al., OOPSLA 2014): every bit of the input moves half of the output's.
    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
