using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>The registers that the cluster keeps about itself, on the council of the current layout.</summary>
public static class CouncilRegisters
{
    /// <summary>
    /// Where the layout with this number is decided, by the council of the number before; written once. A fresh
    /// register for each number, so that a council never has to inherit another's promises.
    /// </summary>
    public static RowKey Layout(ClusterId cluster, LayoutNumber number) => Key("dfs layout"u8, cluster, number.Value);

    private static RowKey Key(ReadOnlySpan<byte> label, ClusterId cluster, ulong number)
    {
        var writer = new ByteWriter(64);
        writer.Block16(label);
        writer.Bytes16(cluster.Value);
        writer.U64(number);
        return new RowKey(true, new RegisterId(SHA256.HashData(writer.Written)));
    }
}
