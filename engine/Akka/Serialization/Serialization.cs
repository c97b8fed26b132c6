using System.Collections.Concurrent;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Util;

namespace Akka.Serialization;

/// <summary>Under which address references are written while a message goes out.</summary>
public sealed class Information(Address address, ActorSystem system) : IEquatable<Information>
{
    public Address Address { get; } = address;

    public ActorSystem System { get; } = system;

    public static bool operator ==(Information left, Information right) => Equals(left, right);

    public static bool operator !=(Information left, Information right) => !Equals(left, right);

    public bool Equals(Information other) =>
        other is not null && Address == other.Address && ReferenceEquals(System, other.System);

    public override bool Equals(object obj) => Equals(obj as Information);

    public override int GetHashCode() => HashCode.Combine(Address, System);
}

/// <summary>Finds the serializer of a type: the exact binding, or the closest base type or interface that has one.</summary>
/// <remarks>Configured in akka.actor: serializers (name to class), serialization-bindings (type to name).</remarks>
public class Serialization
{
    [ThreadStatic]
    private static Information _current;

    private readonly ConcurrentDictionary<int, Serializer> _byId = new();
    private readonly ConcurrentDictionary<string, Serializer> _byName = new();
    private readonly ConcurrentDictionary<Type, Serializer> _bindings = new();
    private readonly ConcurrentDictionary<Type, Serializer> _found = new();
    private readonly NullSerializer _null;

    public Serialization(ExtendedActorSystem system)
    {
        System = system;
        _null = new NullSerializer(system);
        _byId[_null.Identifier] = _null;
        var config = system.Settings.Config;
        foreach (var (name, value) in config.GetConfig("akka.actor.serializers").AsEnumerable())
        {
            AddSerializer(name, Create(name, value.GetString()));
        }

        foreach (var (typeName, value) in config.GetConfig("akka.actor.serialization-bindings").AsEnumerable())
        {
            // A binding of an assembly that is not loaded here concerns nobody here.
            if (TypeNames.Find(typeName) is { } type)
            {
                AddSerializationMap(type, ByName(value.GetString(), typeName));
            }
        }
    }

    public ExtendedActorSystem System { get; }

    /// <summary>The path of a reference as it may leave the process: with the address under which this system is reached.</summary>
    public static string SerializedActorPath(IActorRef actorRef)
    {
        if (Equals(actorRef, ActorRefs.NoSender))
        {
            return string.Empty;
        }

        var address = _current?.Address ?? (actorRef as IInternalActorRef)?.Provider.DefaultAddress;
        return actorRef.Path.ToSerializationFormatWithAddress(address);
    }

    public static T WithTransport<T>(ExtendedActorSystem system, Func<T> action) =>
        WithTransport(system.Provider.SerializationInformation, action);

    /// <returns>The manifest to send along with the bytes; empty when the serializer needs none.</returns>
    public static string ManifestFor(Serializer s, object msg) => s switch
    {
        SerializerWithStringManifest withManifest => withManifest.Manifest(msg),
        { IncludeManifest: true } => msg.GetType().QualifiedName(),
        _ => string.Empty,
    };

    public void AddSerializer(string name, Serializer serializer)
    {
        _byName[name] = serializer;
        if (_byId.GetOrAdd(serializer.Identifier, serializer) is var other && other.GetType() != serializer.GetType())
        {
            throw new Configuration.ConfigurationException(
                $"The serializers {other.GetType()} and {serializer.GetType()} have the same identifier {serializer.Identifier}");
        }
    }

    public void AddSerializationMap(Type type, Serializer serializer)
    {
        _bindings[type] = serializer;
        _found.Clear();
    }

    public byte[] Serialize(object o) => WithTransport(System, () => FindSerializerFor(o).ToBinary(o));

    /// <exception cref="SerializationException">No serializer has the identifier, or it cannot read the bytes.</exception>
    public object Deserialize(byte[] bytes, int serializerId, string manifest) =>
        WithTransport(System, () => ById(serializerId) switch
        {
            SerializerWithStringManifest withManifest => withManifest.FromBinary(bytes, manifest),
            // Only types that this system has bound to that serializer: the sender does not choose.
            { IncludeManifest: true } serializer => serializer.FromBinary(bytes, BoundType(serializer, manifest)),
            var serializer => serializer.FromBinary(bytes, (Type)null),
        });

    public Serializer FindSerializerFor(object obj, string defaultSerializerName = null) =>
        obj is null ? _null : FindSerializerForType(obj.GetType(), defaultSerializerName);

    public Serializer FindSerializerForType(Type objectType, string defaultSerializerName = null)
    {
        if (_found.TryGetValue(objectType, out var known))
        {
            return known;
        }

        var closest = _bindings.Keys
            .Where(type => type != typeof(object) && type.IsAssignableFrom(objectType))
            .Aggregate((Type)null, (best, type) => best is null || best.IsAssignableFrom(type) ? type : best);
        if (closest is null && defaultSerializerName is not null)
        {
            return ByName(defaultSerializerName, objectType.ToString());
        }

        return _bindings.TryGetValue(closest ?? typeof(object), out var serializer)
            ? _found.GetOrAdd(objectType, serializer)
            : throw new SerializationException($"Serializer not found for type {objectType.Name}");
    }

    internal static T WithTransport<T>(Information information, Func<T> action)
    {
        var outer = _current;
        _current = information;
        try
        {
            return action();
        }
        finally
        {
            _current = outer;
        }
    }

    private Serializer ById(int serializerId) =>
        _byId.TryGetValue(serializerId, out var serializer)
            ? serializer
            : throw new SerializationException(
                $"Cannot find serializer with id [{serializerId}]. The most probable reason is that the configuration entry "
                + "'akka.actor.serializers' is not in sync between the two systems.");

    private Serializer ByName(string name, string neededFor) =>
        _byName.TryGetValue(name, out var serializer)
            ? serializer
            : throw new Configuration.ConfigurationException($"there is no serializer \"{name}\", which {neededFor} is bound to");

    private Type BoundType(Serializer serializer, string manifest) =>
        TypeNames.FindSent(manifest) is { } type && ReferenceEquals(FindSerializerForType(type), serializer)
            ? type
            : throw new SerializationException($"\"{manifest}\" is not bound to {serializer.GetType().Name} here");

    private Serializer Create(string name, string typeName)
    {
        var type = TypeNames.Require(typeName, $"akka.actor.serializers.{name}");
        var settings = System.Settings.Config.GetConfig($"akka.actor.serialization-settings.{name}");
        return settings is not null && type.GetConstructor([typeof(ExtendedActorSystem), typeof(Configuration.Config)]) is { } detailed
            ? (Serializer)detailed.Invoke([System, settings])
            : (Serializer)Activator.CreateInstance(type, System);
    }
}
