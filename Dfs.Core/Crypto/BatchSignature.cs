using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>An owner's signature of one transition: a signed root, and the way to it.</summary>
/// <param name="RootSignature">64 bytes, r ‖ s.</param>
/// <param name="Index">Of the transition in its batch; its bits say on which side each hash of the path stands.</param>
/// <param name="Path">From the transition's neighbour up; at most 16 hashes.</param>
public sealed record BatchSignature(ByteString RootSignature, ushort Index, ImmutableArray<Bytes32> Path)
{
    public const int PathLengthMax = 16;

    /// <summary>As many as an index of two bytes and a path of 16 hashes can name.</summary>
    public const int BatchMax = 1 << PathLengthMax;

    public bool Equals(BatchSignature? other) =>
        other is not null && Index == other.Index && RootSignature.Equals(other.RootSignature)
        && Path.SequenceEqual(other.Path);

    public override int GetHashCode() => HashCode.Combine(RootSignature, Index, Path.Length);

    /// <summary>Signature (64), index (2), path length (1), path.</summary>
    public void WriteTo(ByteWriter writer)
    {
        writer.Fixed(RootSignature.Span);
        writer.U16(Index);
        writer.Byte((byte)Path.Length);
        foreach (var hash in Path)
        {
            writer.Bytes32(hash);
        }
    }

    /// <returns>Something without meaning when the reader has failed.</returns>
    public static BatchSignature ReadFrom(ref ByteReader reader)
    {
        var signature = new ByteString(reader.Fixed(OwnerSigner.SignatureBytes));
        var index = reader.U16();
        int depth = reader.Byte();
        // An index beyond the tree would be a second encoding of the same place.
        reader.Require(depth <= PathLengthMax && index >> Math.Min(depth, PathLengthMax) == 0);
        var path = ImmutableArray.CreateBuilder<Bytes32>();
        for (var i = 0; i < depth && !reader.HasFailed; i++)
        {
            path.Add(reader.Bytes32());
        }

        return new BatchSignature(signature, index, path.ToImmutable());
    }
}
