namespace Dfs.Core.Crypto;

/// <summary>Counts the wrap keys of an owner; has nothing to do with the cluster's epochs.</summary>
public readonly record struct KeyEpoch(uint Value) : IComparable<KeyEpoch>
{
    public static readonly KeyEpoch First = new(1);

    public int CompareTo(KeyEpoch other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
