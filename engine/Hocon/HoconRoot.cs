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

    public virtual IEnumerable<KeyValuePair<string, HoconField>> AsEnumerable() => Value.GetObject();

    public virtual string GetString(string path) => Read(path, value => value.GetString());

    [return: NotNullIfNotNull(nameof(@default))]
    public virtual string? GetString(string path, string? @default) =>
        TryGetValue(path, out var value) && value.TryGetString(out var text) ? text : @default;

    public virtual bool GetBoolean(string path) => Read(path, value => value.GetBoolean());

    public virtual bool GetBoolean(string path, bool @default) =>
        TryGetValue(path, out var value) && value.TryGetBoolean(out var read) ? read : @default;

    public virtual int GetInt(string path) => Read(path, value => value.GetInt());

    public virtual int GetInt(string path, int @default) =>
        TryGetValue(path, out var value) && value.TryGetInt(out var read) ? read : @default;

    public virtual long GetLong(string path) => Read(path, value => value.GetLong());

    public virtual long GetLong(string path, long @default) =>
        TryGetValue(path, out var value) && value.TryGetLong(out var read) ? read : @default;

    public virtual double GetDouble(string path) => Read(path, value => value.GetDouble());

    public virtual double GetDouble(string path, double @default) =>
        TryGetValue(path, out var value) && value.TryGetDouble(out var read) ? read : @default;

    /// <summary>Bytes.</summary>
    public virtual long? GetByteSize(string path) => Read(path, value => value.GetByteSize());

    public virtual TimeSpan GetTimeSpan(string path, bool allowInfinite = true) =>
        Read(path, value => value.GetTimeSpan(allowInfinite));

    public virtual TimeSpan GetTimeSpan(string path, TimeSpan? @default, bool allowInfinite = true) =>
        TryGetValue(path, out var value) && value.TryGetTimeSpan(out var read, allowInfinite)
            ? read
            : @default.GetValueOrDefault();

    public virtual IList<string> GetStringList(string path) => Read(path, value => value.GetStringList());

    [return: NotNullIfNotNull(nameof(@default))]
    public virtual IList<string>? GetStringList(string path, IList<string>? @default) =>
        TryGetValue(path, out var value) && value.TryGetStringList(out var read) ? read : @default;

    public virtual IList<int> GetIntList(string path) => Read(path, value => value.GetIntList());

    public virtual IList<HoconObject> GetObjectList(string path) => Read(path, value => value.GetObjectList());

    public virtual HoconObject GetObject(string path) => Read(path, value => value.GetObject());

    [return: NotNullIfNotNull(nameof(@default))]
    public virtual HoconObject? GetObject(string path, HoconObject? @default) =>
        TryGetValue(path, out var value) && value.TryGetObject(out var read) ? read : @default;

    public virtual HoconValue GetValue(string path) => Read(path, value => value);

    public virtual bool TryGetValue(string path, [NotNullWhen(true)] out HoconValue? result)
    {
        result = null;
        return HoconPath.TryParse(path, out var parsed) && TryGetValue(parsed, out result);
    }

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
