using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Trust;

/// <summary>Every list of the expelled that is in force: who stands in one of them is out.</summary>
/// <remarks>
/// Pure. Nodes that have the authority may each make a list at the same moment, and neither names whom the other expelled; so no list takes
/// the place of one that names somebody whom it does not. A node that has the authority makes one of several. Nobody is ever taken back.
/// </remarks>
public sealed class Revocations
{
    /// <summary>Eight lists, made by as many nodes within one round of <c>TrustKeeper</c>. One more is refused until they are one.</summary>
    public const int ListsMax = 8;

    public const int BytesMax = ListsMax * RevocationList.BytesMax;

    public static readonly Revocations Empty = new([]);

    private Revocations(ImmutableArray<RevocationList> lists) => (Lists, Nodes) = (lists, [.. lists.SelectMany(list => list.Nodes)]);

    /// <summary>None names only nodes that another one names too.</summary>
    public ImmutableArray<RevocationList> Lists { get; }

    public ImmutableSortedSet<ReplicaId> Nodes { get; }

    /// <summary>The highest of the lists'; 0: nobody was ever expelled.</summary>
    public ulong Number => Lists.Select(list => list.Number).DefaultIfEmpty().Max();

    public bool Contains(ReplicaId node) => Nodes.Contains(node);

    /// <returns>This one when the list names nobody who is not named by one of these, or when there are too many.</returns>
    public Revocations Add(RevocationList list)
    {
        if (list.Nodes.IsEmpty || Lists.Any(one => list.Nodes.IsSubsetOf(one.Nodes)))
        {
            return this;
        }

        var kept = Lists.RemoveAll(one => one.Nodes.IsSubsetOf(list.Nodes));
        return kept.Length < ListsMax ? new Revocations([.. kept.Append(list).OrderBy(one => one.Number)]) : this;
    }

    public Revocations Add(Revocations others) => others.Lists.Aggregate(this, (sum, list) => sum.Add(list));

    /// <summary>One behind the other; empty for none.</summary>
    public byte[] Encode() => [.. Lists.SelectMany(list => list.Encoded.ToArray())];

    /// <summary>Reads lists and checks that this cluster's authority signed each; false when there is none, or one that it did not.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, Bytes16 cluster, ECDsa authority, [NotNullWhen(true)] out Revocations? revocations)
    {
        revocations = null;
        var (read, count) = (Empty, 0);
        while (!bytes.IsEmpty)
        {
            if (count++ == ListsMax || RevocationList.LengthOf(bytes.Span) is not { } length || length > bytes.Length
                || !RevocationList.TryDecode(bytes[..length], cluster, authority, out var list))
            {
                return false;
            }

            read = read.Add(list);
            bytes = bytes[length..];
        }

        revocations = count > 0 ? read : null;
        return revocations is not null;
    }

    public override string ToString() => $"{Nodes.Count} expelled nodes in {Lists.Length} lists";
}
