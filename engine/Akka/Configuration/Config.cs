using Akka.Configuration.Hocon;

namespace Akka.Configuration;

/// <summary>Settings by path, with a chain of fallbacks behind them. Immutable.</summary>
/// <remarks>
/// A missing value answers the default of the getter, 0 for numbers: ask <see cref="HasPath"/> where that matters. A value
/// that cannot be read as asked is a <see cref="FormatException"/>.
/// </remarks>
public class Config
{
    public static readonly Config Empty = ConfigurationFactory.Empty;

    private readonly HoconValue _own;

    public Config(HoconRoot root)
    {
        _own = root.Value ?? throw new ArgumentNullException(nameof(root));
        Root = _own;
    }

    private Config(HoconValue own, HoconValue merged, Config fallback)
    {
        _own = own;
        Root = merged;
        Fallback = fallback;
    }

    public Config Fallback { get; private set; }

    public virtual bool IsEmpty => Root is null || Root.IsEmpty;

    /// <summary>The values with those of all fallbacks beneath.</summary>
    public HoconValue Root { get; private set; }

    public virtual bool HasPath(string path) => GetValue(path) is not null;

    /// <summary>Null when the path leads nowhere. Keys with dots stand in quotes: <c>a."b.c"</c>.</summary>
    public HoconValue GetValue(string path)
    {
        var current = Root ?? throw new InvalidOperationException("the configuration has no root");
        foreach (var key in ConfigPath.Split(path))
        {
            current = current.GetChildObject(key);
            if (current is null)
            {
                return null;
            }
        }

        return current;
    }

    public virtual string GetString(string path, string @default = null) =>
        GetValue(path) is { } value ? value.GetString() : @default;

    public virtual bool GetBoolean(string path, bool @default = false) => GetValue(path)?.GetBoolean() ?? @default;

    public virtual int GetInt(string path, int @default = 0) => GetValue(path)?.GetInt() ?? @default;

    public virtual double GetDouble(string path, double @default = 0) => GetValue(path)?.GetDouble() ?? @default;

    public virtual long? GetByteSize(string path) => GetValue(path)?.GetByteSize();

    /// <summary>A number without a unit counts milliseconds.</summary>
    public virtual TimeSpan GetTimeSpan(string path, TimeSpan? @default = null, bool allowInfinite = true) =>
        GetValue(path) is { } value ? value.GetTimeSpan(allowInfinite) : @default.GetValueOrDefault();

    public virtual IList<string> GetStringList(string path) => GetStringList(path, []);

    public virtual IList<string> GetStringList(string path, string[] defaultPaths) =>
        GetValue(path)?.GetStringList() ?? defaultPaths;

    /// <summary>Null when there is nothing at the path, here or in a fallback.</summary>
    public virtual Config GetConfig(string path)
    {
        var own = GetValue(path) is { } value ? new Config(new HoconRoot(value)) : null;
        var below = Fallback?.GetConfig(path);
        return own is null ? below : own.WithFallback(below);
    }

    /// <summary>What this lacks is taken from the fallback; objects are merged key by key.</summary>
    public virtual Config WithFallback(Config fallback)
    {
        if (ReferenceEquals(fallback, this))
        {
            throw new ArgumentException("A configuration cannot be its own fallback.", nameof(fallback));
        }

        if (fallback is null || IsEmpty)
        {
            return fallback ?? this;
        }

        if (fallback.IsEmpty || Chain().Contains(fallback))
        {
            return this;
        }

        var merged = Root.GetObject() is { } own && fallback.Root.GetObject() is { } below
            ? new HoconValue([below.Overlaid(own)])
            : Root;
        return new Config(_own, merged, Fallback is null ? fallback : Fallback.WithFallback(fallback));
    }

    private IEnumerable<Config> Chain()
    {
        for (var config = this; config is not null; config = config.Fallback)
        {
            yield return config;
        }
    }

    /// <summary>The keys of the topmost level, those of fallbacks included.</summary>
    public virtual IEnumerable<KeyValuePair<string, HoconValue>> AsEnumerable() => Root?.GetObject()?.Items ?? [];

    /// <summary>Without the fallbacks.</summary>
    public override string ToString() => _own?.ToString() ?? "";
}
