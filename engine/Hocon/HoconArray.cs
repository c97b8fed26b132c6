namespace Hocon;

public sealed class HoconArray : List<HoconValue>, IHoconElement
{
    internal HoconArray(IEnumerable<HoconValue> values) : base(values)
    {
    }

    public HoconType Type => HoconType.Array;

    public HoconObject GetObject() => throw new HoconException("expected an object, found an array");

    public string GetString() => throw new HoconException("expected a string, found an array");

    public IList<HoconValue> GetArray() => this;

    public string ToString(int indent, int indentSize) =>
        $"[{string.Join(", ", this.Select(value => value.ToString(indent, indentSize)))}]";

    public override string ToString() => ToString(0, 2);
}
