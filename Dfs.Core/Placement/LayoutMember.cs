using System.Text;
using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

/// <summary>One data directory in a layout, and where it is reached.</summary>
/// <param name="Slot">
/// What placement hashes. A newcomer's slot is its own id; who replaces a member inherits the slot, so that exactly
/// the replaced member's partitions move.
/// </param>
/// <param name="StartFloor">The start counter it had when the layout was made; peers refuse a lower one.</param>
/// <param name="Zone">Replicas of a partition lie in distinct zones where there are enough of them.</param>
/// <param name="Weight">Its share of the data relative to the others' in its zone; at least 1.</param>
/// <param name="Address">"akka.tcp://dfs@host:port".</param>
/// <param name="PeerEndpoint">"http://host:port".</param>
public sealed record LayoutMember(
    ReplicaId Id,
    Bytes16 Slot,
    ulong StartFloor,
    string Name,
    string Zone,
    uint Weight,
    string Address,
    string PeerEndpoint)
{
    /// <summary>63 bytes of UTF-8, as a host's label.</summary>
    public const int NameBytesMax = 63;

    /// <summary>300 bytes of UTF-8: a host name has at most 253.</summary>
    public const int AddressBytesMax = 300;

    /// <summary>2^20: leaves the products that compare two members' costs far below 64 bits.</summary>
    public const uint WeightMax = 1 << 20;

    /// <summary>A member with a slot of its own.</summary>
    public static LayoutMember Newcomer(
        ReplicaId id, ulong startFloor, string name, string zone, uint weight, string address, string peerEndpoint) =>
        new(id, id.Value, startFloor, name, zone, weight, address, peerEndpoint);

    /// <returns>Why it cannot be in a layout; null when it can.</returns>
    internal string? Refusal() =>
        Weight is 0 or > WeightMax ? $"The weight of {Name} is 1 to {WeightMax}; it is {Weight}."
        : TooLong(Name, NameBytesMax) || TooLong(Zone, NameBytesMax)
            ? $"Names of nodes and zones have at most {NameBytesMax} bytes."
        : TooLong(Address, AddressBytesMax) || TooLong(PeerEndpoint, AddressBytesMax)
            ? $"Addresses have at most {AddressBytesMax} bytes."
        : null;

    private static bool TooLong(string text, int sizeBytesMax) => Encoding.UTF8.GetByteCount(text) > sizeBytesMax;
}
