using System.Collections.Frozen;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;

namespace Dfs.Actors.Wire;

/// <summary>Writes and reads every <see cref="IWireMessage"/>; the number in docs/formats/wire.md is the manifest.</summary>
/// <remarks>A number decides the type; a sender cannot choose one that is not in the table.</remarks>
public sealed class DfsSerializer : SerializerWithStringManifest
{
    private static readonly WireEntry[] Entries = [.. MembershipWire.Entries, .. CatalogWire.Entries, .. EventWire.Entries, .. RepairWire.Entries];

    private static readonly FrozenDictionary<Type, WireEntry> ByType = Entries.ToFrozenDictionary(entry => entry.Message);

    private static readonly FrozenDictionary<string, WireEntry> ByNumber = Entries.ToFrozenDictionary(entry => entry.Number);

    public DfsSerializer(ExtendedActorSystem system)
        : base(system) { }

    public override int Identifier => 1001;

    public override string Manifest(object o) => Find(o).Number;

    public override byte[] ToBinary(object obj) => Find(obj).Encode(obj);

    public override object FromBinary(byte[] bytes, string manifest)
    {
        WireException.ThrowUnless(ByNumber.TryGetValue(manifest, out var entry), $"a known message number, not '{manifest}'");
        try
        {
            return entry.Decode(bytes);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new WireException($"Message {manifest}: {error.Message}");
        }
    }

    private static WireEntry Find(object message) =>
        ByType.TryGetValue(message.GetType(), out var entry)
            ? entry
            : throw new WireException($"{message.GetType().Name} has no number on the wire.");
}
