using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Remote.Transport;

/// <summary>Gives what arrives from one peer to the actors that it is for.</summary>
/// <remarks>
/// Not thread-safe: the association calls it under its lock. Never throws for what a peer sends, but for a frame
/// that is not ours: a message that nobody can read is dropped with a warning, and the next one is handled.
/// </remarks>
internal sealed class InboundDispatcher(RemoteActorRefProvider provider, ExtendedActorSystem system, ILoggingAdapter log)
{
    private const int CachedPathsMax = 4 * 1024;

    private readonly Dictionary<byte[], IInternalActorRef> _resolved = new(new Utf8Comparer());
    private readonly Dictionary<byte[], string> _manifests = new(new Utf8Comparer());

    /// <exception cref="MalformedFrameException">The body is not an envelope.</exception>
    public void Deliver(ReadOnlySpan<byte> body)
    {
        var recipientPath = WireText.Read(ref body);
        var senderPath = WireText.Read(ref body);
        if (body.Length < sizeof(int))
        {
            throw new MalformedFrameException("envelope without a serializer");
        }

        var serializer = BinaryPrimitives.ReadInt32BigEndian(body);
        body = body[sizeof(int)..];
        var manifest = ManifestOf(WireText.Read(ref body));
        try
        {
            var recipient = Resolve(recipientPath);
            var sender = senderPath.IsEmpty ? ActorRefs.NoSender : Resolve(senderPath);
            Deliver(recipient, system.Serialization.Deserialize(body.ToArray(), serializer, manifest), sender);
        }
        catch (Exception e)
        {
            log.Warning("Dropping a message with serializer {0} and manifest [{1}] for [{2}]: {3}",
                serializer, manifest, Encoding.UTF8.GetString(recipientPath), e.Message);
        }
    }

    private void Deliver(IInternalActorRef recipient, object message, IActorRef sender)
    {
        if (!recipient.IsLocal)
        {
            log.Error("Dropping {0} for [{1}], which is not an address of this system", message.GetType(), recipient);
            return;
        }

        if (provider.RemoteSettings.UntrustedMode && IsCommand(recipient, message))
        {
            log.Debug("Operating in untrusted mode, dropping inbound {0} for [{1}]", message, recipient);
            return;
        }

        switch (message)
        {
            case ISystemMessage systemMessage: recipient.SendSystemMessage(systemMessage); break;
            case ActorSelectionMessage selection: ActorSelection.DeliverSelection(recipient, sender, selection); break;
            default: recipient.Tell(message, sender); break;
        }
    }

    // Akka.NET lets Kill through, and the news that an actor of this system has ended; nobody else has to say either here.
    private bool IsCommand(IInternalActorRef recipient, object message) => message switch
    {
        ActorSelectionMessage selection => !ReferenceEquals(recipient, provider.RootGuardian) || IsCommand(recipient, selection.Message)
            || !provider.RemoteSettings.TrustedSelectionPaths.Contains("/" + string.Join('/', (object[])selection.Elements)),
        DeathWatchNotification notification => notification.Actor is IInternalActorRef { IsLocal: true },
        _ => message is IPossiblyHarmful or Kill or Watch or Unwatch,
    };

    private IInternalActorRef Resolve(ReadOnlySpan<byte> path)
    {
        var lookup = _resolved.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(path, out var known))
        {
            return known;
        }

        var resolved = (IInternalActorRef)provider.ResolveActorRef(Encoding.UTF8.GetString(path));
        if (IsLasting(resolved))
        {
            Bound(_resolved);
            lookup[path] = resolved;
        }

        return resolved;
    }

    /// <summary>A name without uid may mean another actor tomorrow; a missing actor may come.</summary>
    private bool IsLasting(IInternalActorRef resolved) => resolved.Path.Uid != ActorCell.UndefinedUid
        ? resolved is RemoteActorRef or LocalActorRef
        : ReferenceEquals(resolved, provider.RootGuardian);

    private string ManifestOf(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return "";
        }

        var lookup = _manifests.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(utf8, out var manifest))
        {
            Bound(_manifests);
            lookup[utf8] = manifest = Encoding.UTF8.GetString(utf8);
        }

        return manifest;
    }

    private static void Bound<T>(Dictionary<byte[], T> cache)
    {
        if (cache.Count >= CachedPathsMax)
        {
            cache.Clear();
        }
    }

    /// <summary>Looks up by bytes of the frame, so that a known path costs no string.</summary>
    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] key) => GetHashCode(key.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
