using System.Runtime.Serialization;
using Akka.Actor;
using Google.Protobuf;

namespace Akka.Remote.Serialization;

/// <summary>Writes objects and references inside other messages, each by the serializer that it is bound to.</summary>
/// <remarks>An object: varint serializer (0: null), manifest, bytes; strings and bytes as in protobuf, without tags.</remarks>
internal sealed class PayloadCodec(ExtendedActorSystem system)
{
    /// <summary>No serializer has it: the core keeps 0 to itself.</summary>
    private const int NullSerializer = 0;

    /// <summary>Eight objects in each other: ours have two, and a stack has no room for as many as a frame could name.</summary>
    private const int NestingMax = 8;

    [ThreadStatic]
    private static int _nesting;

    public static byte[] Encode(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            write(output);
        }

        return stream.ToArray();
    }

    public void Write(CodedOutputStream output, object? content)
    {
        if (content == null)
        {
            output.WriteInt32(NullSerializer);
            return;
        }

        var serializer = system.Serialization.FindSerializerFor(content);
        output.WriteInt32(serializer.Identifier);
        output.WriteString(Akka.Serialization.Serialization.ManifestFor(serializer, content) ?? "");
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(serializer.ToBinary(content)));
    }

    /// <exception cref="SerializationException">It is nested too deep, or no serializer takes it.</exception>
    public object? Read(CodedInputStream input)
    {
        var serializer = input.ReadInt32();
        if (serializer == NullSerializer)
        {
            return null;
        }

        if (_nesting == NestingMax)
        {
            throw new SerializationException($"More than {NestingMax} messages in each other");
        }

        var manifest = input.ReadString();
        _nesting++;
        try
        {
            return system.Serialization.Deserialize(input.ReadBytes().ToByteArray(), serializer, manifest);
        }
        finally
        {
            _nesting--;
        }
    }

    public static void WriteRef(CodedOutputStream output, IActorRef? actor) =>
        output.WriteString(actor.IsNobody() ? "" : Akka.Serialization.Serialization.SerializedActorPath(actor));

    public IActorRef? ReadRef(CodedInputStream input) =>
        input.ReadString() is { Length: > 0 } path ? system.Provider.ResolveActorRef(path) : null;
}
