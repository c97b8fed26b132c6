namespace Hocon;

/// <summary>A piece of the tree: a value, or what a value holds.</summary>
public interface IHoconElement
{
    HoconType Type { get; }

    HoconObject GetObject();

    string GetString();

    IList<HoconValue> GetArray();

    /// <param name="indent">Levels that the text stands in from the margin.</param>
    /// <param name="indentSize">Spaces of one level.</param>
    string ToString(int indent, int indentSize);
}
