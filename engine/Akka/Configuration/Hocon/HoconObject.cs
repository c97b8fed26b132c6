using System.Text;

namespace Akka.Configuration.Hocon;

public class HoconObject : IHoconElement
{
    public Dictionary<string, HoconValue> Items { get; private set; } = new(StringComparer.Ordinal);

    public bool IsString() => false;

    public string GetString() => throw new NotSupportedException("This element is an object, not a string.");

    public bool IsArray() => false;

    public IList<HoconValue> GetArray() => throw new NotSupportedException("This element is an object, not an array.");

    /// <summary>Null when the key is missing.</summary>
    public HoconValue GetKey(string key) => Items.GetValueOrDefault(key);

    /// <summary>A line for each key, with levels set in by two spaces.</summary>
    public string ToString(int indent)
    {
        var margin = new string(' ', indent * 2);
        var text = new StringBuilder();
        foreach (var (key, value) in Items)
        {
            text.Append(margin).Append(HoconValue.Quoted(key)).Append(" : ").AppendLine(value.ToString(indent));
        }

        return text.ToString();
    }

    public override string ToString() => ToString(0);

    /// <summary>These items with others laid over them; objects on both sides are merged.</summary>
    internal HoconObject Overlaid(HoconObject upper)
    {
        var items = new Dictionary<string, HoconValue>(Items, StringComparer.Ordinal);
        foreach (var (key, above) in upper.Items)
        {
            items[key] = above.GetObject() is { } over && items.GetValueOrDefault(key)?.GetObject() is { } under
                ? new HoconValue([under.Overlaid(over)])
                : above;
        }

        return new HoconObject { Items = items };
    }
}
