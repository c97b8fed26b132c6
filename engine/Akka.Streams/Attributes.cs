namespace Akka.Streams;

/// <summary>What a graph tells its materialization; the innermost attribute of a kind wins.</summary>
public sealed class Attributes
{
    public static readonly Attributes None = new();

    // Most specific first.
    private readonly IAttribute[] _attributes;

    public Attributes(params IAttribute[] attributes) => _attributes = attributes;

    public interface IAttribute;

    public interface IMandatoryAttribute : IAttribute;

    public static Attributes CreateName(string name) => new(new Name(name));

    public static Attributes CreateInputBuffer(int initial, int max) => new(new InputBuffer(initial, max));

    public static Attributes CreateAsyncBoundary() => new(AsyncBoundary.Instance);

    /// <param name="other">More specific than these.</param>
    public Attributes And(Attributes other)
    {
        if (_attributes.Length == 0)
        {
            return other;
        }

        return other._attributes.Length == 0 ? this : new Attributes([.. other._attributes, .. _attributes]);
    }

    public TAttr? GetAttribute<TAttr>()
        where TAttr : class, IAttribute => Array.Find(_attributes, attribute => attribute is TAttr) as TAttr;

    public TAttr GetMandatoryAttribute<TAttr>()
        where TAttr : class, IMandatoryAttribute =>
        GetAttribute<TAttr>() ?? throw new ArgumentException($"Mandatory attribute {typeof(TAttr).Name} is missing");

    public override string ToString() => $"Attributes({string.Join<IAttribute>(", ", _attributes)})";

    public sealed class Name(string value) : IAttribute
    {
        public readonly string Value = value;

        public override bool Equals(object? obj) => obj is Name other && other.Value == Value;

        public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

        public override string ToString() => $"Name({Value})";
    }

    /// <summary>How many elements wait in front of an asynchronous island.</summary>
    public sealed class InputBuffer(int initial, int max) : IMandatoryAttribute
    {
        public readonly int Initial = initial;
        public readonly int Max = max;

        public override bool Equals(object? obj) =>
            obj is InputBuffer other && other.Initial == Initial && other.Max == Max;

        public override int GetHashCode() => HashCode.Combine(Initial, Max);

        public override string ToString() => $"InputBuffer({Initial}, {Max})";
    }

    public sealed class AsyncBoundary : IAttribute
    {
        public static readonly AsyncBoundary Instance = new();

        private AsyncBoundary()
        {
        }

        public override string ToString() => "AsyncBoundary";
    }
}
