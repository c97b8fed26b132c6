using System.Globalization;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>One incarnation of a node: the uid is new each time its ActorSystem starts.</summary>
public class UniqueAddress(Address address, int uid)
    : IComparable<UniqueAddress>, IEquatable<UniqueAddress>, IComparable
{
    public Address Address { get; } = address;

    public int Uid { get; } = uid;

    public int CompareTo(UniqueAddress? uniqueAddress)
    {
        if (uniqueAddress is null)
        {
            return 1;
        }

        // Same host and port decide first, so that this order and that of members agree within one cluster.
        var byAddress = Member.AddressOrdering.Compare(Address, uniqueAddress.Address);
        return byAddress != 0 ? byAddress : Uid.CompareTo(uniqueAddress.Uid);
    }

    int IComparable.CompareTo(object? obj) => obj is UniqueAddress other
        ? CompareTo(other)
        : throw new ArgumentException($"Not a {nameof(UniqueAddress)}: {obj}", nameof(obj));

    public bool Equals(UniqueAddress? other) =>
        other is not null && Uid == other.Uid && Address.Equals(other.Address);

    public override bool Equals(object? obj) => Equals(obj as UniqueAddress);

    public override int GetHashCode() => Uid;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"UniqueAddress: ({Address}, {Uid})");

    public static bool operator ==(UniqueAddress? left, UniqueAddress? right) => Equals(left, right);

    public static bool operator !=(UniqueAddress? left, UniqueAddress? right) => !Equals(left, right);
}
