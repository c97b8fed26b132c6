using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>What the cluster knows of one incarnation of a node.</summary>
/// <remarks>Two members are equal when they are the same incarnation, whatever their status; see Akka.NET's Member.</remarks>
public class Member : IComparable<Member>, IComparable
{
    /// <summary>The up number of a member that has not been up.</summary>
    internal const int NeverUp = int.MaxValue;

    /// <summary>By host, then port; the first of the members in this order leads the cluster.</summary>
    public static readonly IComparer<Address> AddressOrdering = Comparer<Address>.Create(CompareAddresses);

    /// <summary>Oldest first.</summary>
    public static readonly IComparer<Member> AgeOrdering = Comparer<Member>.Create(
        (a, b) => a.Equals(b) ? 0 : a.IsOlderThan(b) ? -1 : 1);

    internal Member(UniqueAddress uniqueAddress, int upNumber, MemberStatus status, ImmutableHashSet<string> roles) =>
        (UniqueAddress, UpNumber, Status, Roles) = (uniqueAddress, upNumber, status, roles);

    public UniqueAddress UniqueAddress { get; }

    public MemberStatus Status { get; }

    public ImmutableHashSet<string> Roles { get; }

    public Address Address => UniqueAddress.Address;

    /// <summary>Counts up with each member that the leader moves to Up; <see cref="NeverUp"/> before.</summary>
    internal int UpNumber { get; }

    internal static Member Joining(UniqueAddress node, ImmutableHashSet<string> roles) =>
        new(node, NeverUp, MemberStatus.Joining, roles);

    /// <summary>Stands for a node that is not, or no longer, a member.</summary>
    internal static Member Removed(UniqueAddress node) => new(node, NeverUp, MemberStatus.Removed, []);

    public bool HasRole(string role) => Roles.Contains(role);

    public bool IsOlderThan(Member other) => UpNumber == other.UpNumber
        ? AddressOrdering.Compare(Address, other.Address) < 0
        : UpNumber < other.UpNumber;

    /// <exception cref="InvalidOperationException">The status cannot follow the present one.</exception>
    public Member Copy(MemberStatus status)
    {
        if (status == Status)
        {
            return this;
        }

        return Status.MayBecome(status)
            ? new Member(UniqueAddress, UpNumber, status, Roles)
            : throw new InvalidOperationException($"Invalid member status transition {Status} -> {status}");
    }

    public Member CopyUp(int upNumber) => new Member(UniqueAddress, upNumber, Status, Roles).Copy(MemberStatus.Up);

    /// <summary>The join of two views of one incarnation: the later status and the older age.</summary>
    internal static Member Merge(Member a, Member b)
    {
        var later = a.Status.Rank() >= b.Status.Rank() ? a : b;
        var upNumber = Math.Min(a.UpNumber, b.UpNumber);
        return later.UpNumber == upNumber ? later : new Member(later.UniqueAddress, upNumber, later.Status, later.Roles);
    }

    /// <summary>Who may lead, best first: Up and Leaving, then WeaklyUp, Joining, Exiting, Down.</summary>
    internal static int LeadingOrder(Member member) => member.Status switch
    {
        MemberStatus.Down => 4,
        MemberStatus.Exiting => 3,
        MemberStatus.Joining => 2,
        MemberStatus.WeaklyUp => 1,
        _ => 0,
    };

    public int CompareTo(Member? other) => other is null ? 1 : UniqueAddress.CompareTo(other.UniqueAddress);

    int IComparable.CompareTo(object? obj) => obj is Member other
        ? CompareTo(other)
        : throw new ArgumentException($"Not a {nameof(Member)}: {obj}", nameof(obj));

    public override bool Equals(object? obj) => obj is Member other && UniqueAddress.Equals(other.UniqueAddress);

    public override int GetHashCode() => UniqueAddress.GetHashCode();

    public override string ToString() =>
        $"Member(address = {Address}, Uid={UniqueAddress.Uid} status = {Status}, role=[{string.Join(",", Roles)}], upNumber={UpNumber})";

    private static int CompareAddresses(Address a, Address b)
    {
        var byHost = string.CompareOrdinal(a.Host ?? "", b.Host ?? "");
        return byHost != 0 ? byHost : Nullable.Compare(a.Port, b.Port);
    }
}
