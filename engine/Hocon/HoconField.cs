namespace Hocon;

/// <summary>A key of an object with its value.</summary>
public sealed class HoconField : IHoconElement
{
    internal HoconField(HoconPath path, HoconValue value)
    {
        Path = path;
        Value = value;
    }

    /// <summary>From the root; for an object in an array, from the root to the array, then on.</summary>
    public HoconPath Path { get; }

    public HoconValue Value { get; }

    public HoconType Type => Value.Type;

    public HoconObject GetObject() => Value.GetObject();

    public string GetString() => Value.GetString();

    public IList<HoconValue> GetArray() => Value.GetArray();

    public string ToString(int indent, int indentSize) => Value.ToString(indent, indentSize);

    public override string ToString() => ToString(0, 2);
}
