using Akka.Actor;
using Akka.Serialization;

namespace Dfs.Actors.Wire;

/// <summary>Takes the place of Akka's JSON serializer, which would let the sender choose the types that are made here.</summary>
/// <remarks>Has that serializer's identifier, so that it also refuses what comes in under it.</remarks>
public sealed class RefusingSerializer : Serializer
{
    public RefusingSerializer(ExtendedActorSystem system)
        : base(system) { }

    public override int Identifier => 1;

    public override bool IncludeManifest => true;

    public override byte[] ToBinary(object obj) =>
        throw new WireException($"{obj.GetType().FullName} does not cross the wire: it is no {nameof(IWireMessage)}.");

    public override object FromBinary(byte[] bytes, Type type) =>
        throw new WireException("A message of a type that does not cross the wire was refused.");
}
