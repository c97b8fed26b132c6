namespace Akka;

/// <summary>A type argument for a value that nobody reads, such as a materialized value without meaning.</summary>
public sealed class NotUsed : IEquatable<NotUsed>, IComparable<NotUsed>
{
    public static readonly NotUsed Instance = new();

    private NotUsed()
    {
    }

    public override int GetHashCode() => 0;

    public override bool Equals(object obj) => obj is NotUsed;

    public bool Equals(NotUsed other) => other is not null;

    public int CompareTo(NotUsed other) => other is null ? 1 : 0;

    public override string ToString() => "()";
}
