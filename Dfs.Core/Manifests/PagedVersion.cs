using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>A version that has left its head for a page of the history, with its key unwrapped: the page is sealed.</summary>
/// <remarks>So that new key epochs touch the head only, however long the history is.</remarks>
/// <param name="Version">As it stood in the head, but for its slot, which is <see cref="KeySlot.None"/>.</param>
public sealed record PagedVersion(HeadVersion Version, VersionKey Key)
{
    internal void WriteTo(ByteWriter writer)
    {
        writer.Fixed(Key.Span);
        Version.WriteTo(writer, withSlot: false);
    }

    internal static PagedVersion ReadFrom(ref ByteReader reader)
    {
        var key = reader.Fixed(SecretKey.SizeBytes);
        var version = HeadVersion.ReadFrom(ref reader, withSlot: false);
        return new PagedVersion(version, new VersionKey(key.IsEmpty ? stackalloc byte[SecretKey.SizeBytes] : key));
    }
}
