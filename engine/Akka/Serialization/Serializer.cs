using System.Buffers.Binary;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Util;

namespace Akka.Serialization;

/// <summary>Turns messages of some types into bytes and back. Made by the constructor (ExtendedActorSystem); used by many threads.</summary>
public abstract class Serializer
{
    protected readonly ExtendedActorSystem system;

    private int? _identifier;

    protected Serializer(ExtendedActorSystem system) => this.system = system;

    /// <summary>Travels with the bytes; by default what akka.actor.serialization-identifiers says of the type.</summary>
    public virtual int Identifier => _identifier ??= ConfiguredIdentifier();

    public abstract bool IncludeManifest { get; }

    public abstract byte[] ToBinary(object obj);

    public abstract object FromBinary(byte[] bytes, Type type);

    private int ConfiguredIdentifier()
    {
        var name = GetType().QualifiedName();
        var identifiers = system.Settings.Config.GetConfig("akka.actor.serialization-identifiers");
        foreach (var (key, value) in identifiers.AsEnumerable())
        {
            if (key == name)
            {
                return value.GetInt();
            }
        }

        throw new SerializationException($"akka.actor.serialization-identifiers says no identifier for {name}");
    }
}

/// <summary>Names types by strings of its own choice, so that they can change without breaking what is stored or sent.</summary>
public abstract class SerializerWithStringManifest : Serializer
{
    protected SerializerWithStringManifest(ExtendedActorSystem system) : base(system)
    {
    }

    public sealed override bool IncludeManifest => true;

    public sealed override object FromBinary(byte[] bytes, Type type) =>
        FromBinary(bytes, type.AssemblyQualifiedName);

    public abstract object FromBinary(byte[] bytes, string manifest);

    public abstract string Manifest(object o);
}

/// <summary>Bytes as they are.</summary>
public class ByteArraySerializer(ExtendedActorSystem system) : Serializer(system)
{
    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => obj switch
    {
        null => null,
        byte[] bytes => bytes,
        _ => throw new NotSupportedException("ByteArraySerializer only serializes byte arrays"),
    };

    public override object FromBinary(byte[] bytes, Type type) => bytes;
}

/// <summary>Null, as no bytes.</summary>
public class NullSerializer(ExtendedActorSystem system) : Serializer(system)
{
    public override int Identifier => 0;

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => [];

    public override object FromBinary(byte[] bytes, Type type) => null;
}

/// <summary>The place of Akka.NET's default serializer, which would let the sender of a message choose what type to make: it refuses.</summary>
/// <remarks>Every message that leaves the process has a serializer bound to its type, or is an error at the sender.</remarks>
public class NewtonSoftJsonSerializer(ExtendedActorSystem system) : Serializer(system)
{
    public override bool IncludeManifest => true;

    public override byte[] ToBinary(object obj) => throw new SerializationException(
        $"no serializer is bound to {obj?.GetType()}: add it to akka.actor.serialization-bindings");

    public override object FromBinary(byte[] bytes, Type type) => throw new SerializationException(
        $"a message with the default serializer is refused (it names the type {type})");
}

/// <summary>Strings and whole numbers.</summary>
internal sealed class PrimitiveSerializers(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public override string Manifest(object o) => o switch
    {
        string => "S",
        int => "I",
        long => "L",
        _ => throw new SerializationException($"{o?.GetType()} is no primitive"),
    };

    public override byte[] ToBinary(object obj)
    {
        switch (obj)
        {
            case string text:
                return Encoding.UTF8.GetBytes(text);
            case int number:
                var four = new byte[sizeof(int)];
                BinaryPrimitives.WriteInt32LittleEndian(four, number);
                return four;
            case long number:
                var eight = new byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(eight, number);
                return eight;
            default:
                throw new SerializationException($"{obj?.GetType()} is no primitive");
        }
    }

    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        "S" => Encoding.UTF8.GetString(bytes),
        "I" when bytes.Length == sizeof(int) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        "L" when bytes.Length == sizeof(long) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => throw new SerializationException($"{bytes.Length} bytes with the manifest \"{manifest}\" are no primitive"),
    };
}
