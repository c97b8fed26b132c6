using System.Text;

namespace Akka.Actor;

/// <summary>The place of an actor in the tree of its system, and its incarnation (uid) there.</summary>
/// <remarks>Equality leaves out the uid: a path names the place, a reference names who lives there.</remarks>
public abstract class ActorPath : IEquatable<ActorPath>, IComparable<ActorPath>
{
    public const string ValidSymbols = "\"-_.*$+:@&=,!~';()";

    private string _text;

    private protected ActorPath(Address address, string name, ActorPath parent, long uid)
    {
        Address = address;
        Name = name;
        Parent = parent ?? this;
        Root = parent?.Root ?? this;
        Depth = parent is null ? 0 : parent.Depth + 1;
        Uid = uid;
    }

    public Address Address { get; }

    public string Name { get; }

    /// <summary>The root's parent is the root.</summary>
    public ActorPath Parent { get; }

    public ActorPath Root { get; }

    /// <summary>Number of names below the root.</summary>
    public int Depth { get; }

    /// <summary>0 when the path does not say which incarnation it means.</summary>
    public long Uid { get; }

    public IReadOnlyList<string> Elements
    {
        get
        {
            var names = new string[Depth];
            for (var path = this; path.Depth > 0; path = path.Parent)
            {
                names[path.Depth - 1] = path.Name;
            }

            return names;
        }
    }

    /// <summary>As <see cref="Elements"/>, the last with "#uid" when there is one.</summary>
    internal IReadOnlyList<string> ElementsWithUid
    {
        get
        {
            var names = (string[])Elements;
            if (Uid != 0 && names.Length > 0)
            {
                names[^1] += "#" + Uid;
            }

            return names;
        }
    }

    public static ActorPath operator /(ActorPath path, string name)
    {
        var (plain, uid) = SplitNameAndUid(name);
        return new ChildActorPath(path, plain, uid);
    }

    public static ActorPath operator /(ActorPath path, IEnumerable<string> name) =>
        name.Where(element => element.Length > 0).Aggregate(path, (parent, element) => parent / element);

    public static bool operator ==(ActorPath left, ActorPath right) =>
        left is null ? right is null : left.Equals(right);

    public static bool operator !=(ActorPath left, ActorPath right) => !(left == right);

    /// <summary>Letters, digits, the symbols of <see cref="ValidSymbols"/> and %hh; a "$" may not begin a name.</summary>
    public static bool IsValidPathElement(string s)
    {
        if (string.IsNullOrEmpty(s) || s[0] == '$')
        {
            return false;
        }

        for (var i = 0; i < s.Length; i++)
        {
            var c = s[i];
            if (c == '%' && i + 2 < s.Length && char.IsAsciiHexDigit(s[i + 1]) && char.IsAsciiHexDigit(s[i + 2]))
            {
                i += 2;
            }
            else if (!char.IsAsciiLetterOrDigit(c) && !ValidSymbols.Contains(c))
            {
                return false;
            }
        }

        return true;
    }

    public static bool TryParse(string path, out ActorPath actorPath)
    {
        actorPath = null;
        return path is not null && Address.TryParse(path.AsSpan(), out var address, out var rest)
                                && TryParse(new RootActorPath(address), rest, out actorPath);
    }

    public static bool TryParse(ActorPath basePath, ReadOnlySpan<char> absoluteUri, out ActorPath actorPath)
    {
        actorPath = basePath;
        foreach (var range in absoluteUri.Split('/'))
        {
            if (!absoluteUri[range].IsEmpty)
            {
                actorPath /= absoluteUri[range].ToString();
            }
        }

        return true;
    }

    public static bool TryParseAddress(string path, out Address address) => Address.TryParse(path, out address);

    public bool Equals(ActorPath other)
    {
        if (other is null || other.Depth != Depth)
        {
            return false;
        }

        var (mine, theirs) = (this, other);
        while (!ReferenceEquals(mine, theirs))
        {
            if (mine.Depth == 0)
            {
                return mine.Address.Equals(theirs.Address) && mine.Name == theirs.Name;
            }

            if (mine.Name != theirs.Name)
            {
                return false;
            }

            (mine, theirs) = (mine.Parent, theirs.Parent);
        }

        return true;
    }

    public override bool Equals(object obj) => Equals(obj as ActorPath);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        for (var path = this; path.Depth > 0; path = path.Parent)
        {
            hash.Add(path.Name);
        }

        hash.Add(Address);
        return hash.ToHashCode();
    }

    public int CompareTo(ActorPath other) => other is null ? 1 : string.CompareOrdinal(ToString(), other.ToString());

    public string ToStringWithoutAddress()
    {
        if (Depth == 0)
        {
            return Name.Length == 0 ? "/" : "/" + Name;
        }

        var text = new StringBuilder();
        foreach (var name in Elements)
        {
            text.Append('/').Append(name);
        }

        return text.ToString();
    }

    /// <summary>With this address in place of the path's own when the latter says no host.</summary>
    public string ToStringWithAddress(Address address) =>
        Address.Host is null && address is not null ? address + ToStringWithoutAddress() : ToString();

    public string ToSerializationFormatWithAddress(Address address) =>
        Uid == 0 ? ToStringWithAddress(address) : $"{ToStringWithAddress(address)}#{Uid}";

    public override string ToString() => _text ??= Address + ToStringWithoutAddress();

    internal static (string Name, long Uid) SplitNameAndUid(string name)
    {
        var hash = name.IndexOf('#');
        return hash < 0 || !long.TryParse(name.AsSpan(hash + 1), out var uid)
            ? (name, 0)
            : (name[..hash], uid);
    }
}

/// <summary>The top of a tree.</summary>
public sealed class RootActorPath(Address address, string name = "") : ActorPath(address, name.Trim('/'), null, 0);

/// <summary>Every path below the top.</summary>
public sealed class ChildActorPath(ActorPath parentPath, string name, long uid)
    : ActorPath(parentPath.Address, name, parentPath, uid);
