using Dfs.Core.Primitives;
using Google.Protobuf;
using ByteString = Google.Protobuf.ByteString;

namespace Dfs.Actors.Wire;

/// <summary>Ids and opaque bytes between our types and protobuf's, with their lengths checked.</summary>
internal static class WireBytes
{
    public static ByteString Of(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);

    public static ByteString Of(Bytes16 id) => UnsafeByteOperations.UnsafeWrap(id.ToArray());

    public static ByteString Of(Bytes32 id) => UnsafeByteOperations.UnsafeWrap(id.ToArray());

    public static Bytes16 To16(ByteString bytes)
    {
        WireException.ThrowUnless(bytes.Length == Bytes16.SizeBytes, "an id of 16 bytes");
        return new Bytes16(bytes.Span);
    }

    public static Bytes32 To32(ByteString bytes)
    {
        WireException.ThrowUnless(bytes.Length == Bytes32.SizeBytes, "an id of 32 bytes");
        return new Bytes32(bytes.Span);
    }
}
