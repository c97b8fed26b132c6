using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote.Transport;

/// <summary>Turns a message and its addresses into the body of a frame.</summary>
/// <remarks>
/// Body: recipient and sender as text (no sender: empty), i32 serializer, manifest as text, then the serializer's
/// bytes. Thread-safe. A message that cannot be serialized or is too large is dropped with an error in the log.
/// </remarks>
internal sealed class EnvelopeEncoder(ExtendedActorSystem system, Address local, int maximumFrameBytes, ILoggingAdapter log)
{
    private const int CachedPathsMax = 4 * 1024;
    private const int SerializerBytes = sizeof(int);
    private const int FrameOverheadBytes = 1 + sizeof(ulong);

    private readonly ConcurrentDictionary<IActorRef, byte[]> _paths = new(ReferenceEqualityComparer.Instance);

    public bool TryAppend(in OutboundMessage message, FrameBuffer buffer)
    {
        if (Serialize(message) is not { } parts)
        {
            return false;
        }

        parts.CopyTo(buffer.Append(FrameKind.Message, parts.SizeBytes));
        return true;
    }

    /// <returns>The body alone, for a system message that may have to be sent again; null when it is dropped.</returns>
    public byte[]? TryEncode(in OutboundMessage message)
    {
        if (Serialize(message) is not { } parts)
        {
            return null;
        }

        var body = new byte[parts.SizeBytes];
        parts.CopyTo(body);
        return body;
    }

    private Parts? Serialize(in OutboundMessage message)
    {
        try
        {
            var content = message.Message;
            var serializer = system.Serialization.FindSerializerFor(content);
            var payload = Akka.Serialization.Serialization.WithTransport(system, () => serializer.ToBinary(content));
            var manifest = Akka.Serialization.Serialization.ManifestFor(serializer, content);
            var sender = message.Sender.IsNobody() ? [] : PathOf(message.Sender!);
            var parts = new Parts(PathOf(message.Recipient), sender, serializer.Identifier, manifest ?? "", payload);
            if (parts.SizeBytes + FrameOverheadBytes <= maximumFrameBytes)
            {
                return parts;
            }

            log.Error("Dropping {0} for [{1}]: {2} bytes are over the maximum frame size of {3}",
                content.GetType(), message.Recipient, parts.SizeBytes + FrameOverheadBytes, maximumFrameBytes);
        }
        catch (Exception e)
        {
            log.Error(e, "Dropping {0} for [{1}]: it cannot be serialized", message.Message.GetType(), message.Recipient);
        }

        return null;
    }

    /// <summary>The path with our address if it is local; references without a uid are mostly used once and not cached.</summary>
    private byte[] PathOf(IActorRef actor)
    {
        if (_paths.TryGetValue(actor, out var path))
        {
            return path;
        }

        path = Encoding.UTF8.GetBytes(actor.Path.ToSerializationFormatWithAddress(local));
        if (actor.Path.Uid != ActorCell.UndefinedUid)
        {
            if (_paths.Count >= CachedPathsMax)
            {
                _paths.Clear();
            }

            _paths[actor] = path;
        }

        return path;
    }

    private readonly record struct Parts(byte[] Recipient, byte[] Sender, int Serializer, string Manifest, byte[] Payload)
    {
        public int SizeBytes => WireText.SizeOf(Recipient) + WireText.SizeOf(Sender)
            + SerializerBytes + WireText.SizeOf(Manifest) + Payload.Length;

        public void CopyTo(Span<byte> target)
        {
            target = WireText.Write(target, Recipient);
            target = WireText.Write(target, Sender);
            BinaryPrimitives.WriteInt32BigEndian(target, Serializer);
            target = WireText.Write(target[SerializerBytes..], Manifest);
            Payload.CopyTo(target);
        }
    }
}
