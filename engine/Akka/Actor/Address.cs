namespace Akka.Actor;

/// <summary>Where an actor system can be reached: protocol, system name, and host with port when it listens.</summary>
public sealed class Address : IEquatable<Address>, IComparable<Address>, IComparable, ICloneable
{
    /// <summary>Stands for every system; used to address what is not bound to one.</summary>
    public static readonly Address AllSystems = new("akka", "all-systems");

    private string _text;

    public Address(string protocol, string system, string host = null, int? port = null)
    {
        Protocol = protocol;
        System = system;
        // Lower case, so that two spellings of one host make one association.
        Host = host?.ToLowerInvariant();
        Port = port;
    }

    public string Protocol { get; }

    public string System { get; }

    public string Host { get; }

    public int? Port { get; }

    public bool HasLocalScope => string.IsNullOrEmpty(Host);

    public static bool operator ==(Address left, Address right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(Address left, Address right) => !(left == right);

    public static Address Parse(string address) => TryParse(address, out var parsed)
        ? parsed
        : throw new UriFormatException($"\"{address}\" is not an address such as akka.tcp://system@host:port");

    public static bool TryParse(string path, out Address address) => TryParse(path, out address, out _);

    /// <param name="path">An address, or the path of an actor.</param>
    /// <param name="address">The first part of it.</param>
    /// <param name="absolutUri">The rest, beginning with a slash.</param>
    public static bool TryParse(string path, out Address address, out string absolutUri)
    {
        var parsed = TryParse(path.AsSpan(), out address, out var rest);
        absolutUri = parsed ? rest.ToString() : null;
        return parsed;
    }

    public static bool TryParse(ReadOnlySpan<char> span, out Address address, out ReadOnlySpan<char> absolutUri)
    {
        address = null;
        absolutUri = default;
        var protocolEnd = span.IndexOf("://", StringComparison.Ordinal);
        if (protocolEnd < 4 || !span.StartsWith("akka", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = span[(protocolEnd + 3)..];
        var slash = rest.IndexOf('/');
        absolutUri = slash < 0 ? "/" : rest[slash..];
        var authority = slash < 0 ? rest : rest[..slash];
        var at = authority.IndexOf('@');
        var protocol = span[..protocolEnd].ToString();
        if (at < 0)
        {
            address = authority.IsEmpty ? null : new Address(protocol, authority.ToString());
            return address is not null;
        }

        var hostPort = authority[(at + 1)..];
        var colon = hostPort.LastIndexOf(':');
        if (at == 0 || colon <= 0 || !int.TryParse(hostPort[(colon + 1)..], out var port) || port is < 0 or > 65535)
        {
            return false;
        }

        address = new Address(protocol, authority[..at].ToString(), hostPort[..colon].ToString(), port);
        return true;
    }

    public object Clone() => new Address(Protocol, System, Host, Port);

    public bool Equals(Address other) =>
        ReferenceEquals(this, other)
        || (other is not null && Port == other.Port && Host == other.Host && System == other.System
            && Protocol == other.Protocol);

    public override bool Equals(object obj) => Equals(obj as Address);

    public override int GetHashCode() => HashCode.Combine(Protocol, System, Host, Port);

    public int CompareTo(Address other)
    {
        if (other is null)
        {
            return 1;
        }

        var order = string.CompareOrdinal(Protocol, other.Protocol);
        order = order != 0 ? order : string.CompareOrdinal(System, other.System);
        order = order != 0 ? order : string.CompareOrdinal(Host ?? "", other.Host ?? "");
        return order != 0 ? order : (Port ?? 0).CompareTo(other.Port ?? 0);
    }

    int IComparable.CompareTo(object obj) => CompareTo((Address)obj);

    public override string ToString() =>
        _text ??= Host is null ? $"{Protocol}://{System}" : $"{Protocol}://{System}@{Host}:{Port}";
}
