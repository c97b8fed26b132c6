using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Hocon;

/// <summary>Fields by key. Where a method takes a key as text, the text is a path.</summary>
public class HoconObject : Dictionary<string, HoconField>, IHoconElement
{
    internal HoconObject(HoconPath path) : base(StringComparer.Ordinal) => Path = path;

    public HoconPath Path { get; }

    public HoconType Type => HoconType.Object;

    public HoconObject GetObject() => this;

    public string GetString() => throw new HoconException("expected a string, found an object");

    /// <summary>An object with the keys 0, 1, ... serves as an array, as properties files write one.</summary>
    public IList<HoconValue> GetArray() =>
        TryGetArray(out var values) ? values : throw new HoconException("expected an array, found an object");

    public bool TryGetArray(out List<HoconValue> result)
    {
        var numbered = new SortedDictionary<int, HoconValue>();
        foreach (var (key, field) in this)
        {
            if (int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                numbered[index] = field.Value;
            }
        }

        result = [.. numbered.Values];
        return result.Count > 0;
    }

    public HoconField GetField(HoconPath path) =>
        TryGetField(path, out var field)
            ? field
            : throw new KeyNotFoundException($"There is no field {path} in the object '{Path}'.");

    public bool TryGetField(HoconPath path, [NotNullWhen(true)] out HoconField? result)
    {
        result = null;
        var current = this;
        foreach (var key in path)
        {
            if (current is null || !current.TryGetValue(key, out result))
            {
                result = null;
                return false;
            }

            result.Value.TryGetObject(out current);
        }

        return result is not null;
    }

    public HoconValue GetValue(HoconPath path) => GetField(path).Value;

    public bool TryGetValue(HoconPath path, [NotNullWhen(true)] out HoconValue? result)
    {
        result = TryGetField(path, out var field) ? field.Value : null;
        return result is not null;
    }

    public string ToString(int indent, int indentSize)
    {
        var margin = new string(' ', indent * indentSize);
        var lines = this.Select(entry =>
            $"{margin}{HoconPath.Show(entry.Key)} : {entry.Value.ToString(indent + 1, indentSize)}");
        return string.Join("," + Environment.NewLine, lines);
    }

    public override string ToString() => ToString(0, 2);
}
