using Hocon;

namespace Akka.Configuration.Hocon;

internal static class HoconConversion
{
    /// <summary>From the parser's tree to the one that Akka shows.</summary>
    public static HoconValue Convert(global::Hocon.HoconValue parsed)
    {
        if (parsed.TryGetObject(out var fields))
        {
            var converted = new HoconObject();
            foreach (var (key, field) in fields)
            {
                converted.Items[key] = Convert(field.Value);
            }

            return new HoconValue([converted]);
        }

        if (parsed.Type != HoconType.Array)
        {
            return new HoconValue([new HoconLiteral { Value = parsed.GetString() ?? "null" }]);
        }

        var array = new HoconArray();
        array.AddRange(parsed.GetArray().Select(Convert));
        return new HoconValue([array]);
    }
}
