using System.Diagnostics.CodeAnalysis;

namespace Hocon;

/// <summary>A whole configuration, read by path.</summary>
/// <remarks>
/// Without a default, a missing or unreadable value is a <see cref="HoconValueException"/> that names the path; with one,
/// it is the default.
/// </remarks>
public class HoconRoot(HoconValue value)
{
    public virtual HoconValue Value { get; protected set; } = value;

    public virtual bool HasPath(string path) => HasPath(HoconPath.Parse(path));

    public virtual bool HasPath(HoconPath path) => TryGetValue(path, out _);

    public virtual string GetString(string path) => Read(path, value => value.GetString());

    /// <summary>Bytes.</summary>
    public virtual long? GetByteSize(string path) => Read(path, value => value.GetByteSize());

    public virtual TimeSpan GetTimeSpan(string path, bool allowInfinite = true) =>
        Read(path, value => value.GetTimeSpan(allowInfinite));

    public virtual IList<string> GetStringList(string path) => Read(path, value => value.GetStringList());

    public virtual HoconObject GetObject(string path) => Read(path, value => value.GetObject());

    public virtual bool TryGetValue(HoconPath path, [NotNullWhen(true)] out HoconValue? result)
    {
        result = null;
        return Value.TryGetObject(out var root) && root.TryGetValue(path, out result);
    }

    /// <param name="indentSize">Spaces of one level.</param>
    public string PrettyPrint(int indentSize) => Value.ToString(1, indentSize);

    public override string ToString() => PrettyPrint(2);

    private T Read<T>(string path, Func<HoconValue, T> read)
    {
        try
        {
            return read(Value.GetObject().GetValue(HoconPath.Parse(path)));
        }
        catch (Exception failure) when (failure is HoconException or HoconParserException or KeyNotFoundException)
        {
            throw new HoconValueException(failure.Message, path, failure);
        }
    }
}
