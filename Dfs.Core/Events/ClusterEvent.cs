using System.Text;
using Dfs.Core.Primitives;

namespace Dfs.Core.Events;

/// <summary>One thing that happened, as one node saw it.</summary>
/// <param name="AtUnixMs">By that node's wall clock: for people, and for nothing else.</param>
/// <param name="Subject">The node that it is about; empty when it is about the cluster.</param>
/// <param name="Text">A sentence without its subject.</param>
public sealed record ClusterEvent(long AtUnixMs, EventKind Kind, string Subject, string Text)
{
    /// <summary>63 bytes of UTF-8: a node's name.</summary>
    public const int SubjectBytesMax = 63;

    /// <summary>300 bytes of UTF-8: a sentence.</summary>
    public const int TextBytesMax = 300;

    /// <summary>Cut to the limits, whatever was put into the sentence.</summary>
    public static ClusterEvent Create(long atUnixMs, EventKind kind, string subject, string text) =>
        new(atUnixMs, kind, Cut(subject, SubjectBytesMax), Cut(text, TextBytesMax));

    private static string Cut(string text, int sizeBytesMax)
    {
        while (Encoding.UTF8.GetByteCount(text) > sizeBytesMax)
        {
            text = text[..^1];
            text = text.Length > 0 && char.IsHighSurrogate(text[^1]) ? text[..^1] : text;
        }

        return text;
    }
}

/// <summary>What kinds of things are noted; the numbers are stored.</summary>
public enum EventKind : byte
{
    NodeStarted = 1,
    NodeUp = 2,
    NodeUnreachable = 3,
    NodeBack = 4,

    /// <summary>In the layout now.</summary>
    NodeJoined = 5,

    /// <summary>Not in the layout any more.</summary>
    NodeLeft = 6,
    LayoutChanging = 7,
    LayoutDecided = 8,

    /// <summary>Told to give its data away.</summary>
    Draining = 9,

    /// <summary>It holds nothing any more.</summary>
    Drained = 10,
    RepairBegun = 11,
    RepairEnded = 12,
    DamageFound = 13,
    DamageHealed = 14,
    ScrubEnded = 15,
    GarbageCollected = 16,

    /// <summary>Its disk is full or failing.</summary>
    ReadOnly = 17,
    Writable = 18,
    NotReady = 19,
    Ready = 20,

    /// <summary>It announced a layout that is not signed.</summary>
    LayoutForged = 21,

    /// <summary>It asked for what its certificate's role does not allow.</summary>
    RoleExceeded = 22,

    /// <summary>Nodes gave an older state of a file than this one had seen.</summary>
    WentBack = 23,

    /// <summary>Its wall clock is far from the others'.</summary>
    ClockOff = 24,

    /// <summary>It is with them again.</summary>
    ClockRight = 25,
}

/// <summary>Events as bytes, on disk and between nodes: docs/formats/events.md.</summary>
public static class EventCodec
{
    /// <summary>Of one event with its length and its checksum.</summary>
    public const int RecordBytesMax = 2 + 8 + 1 + (2 * 2) + ClusterEvent.SubjectBytesMax + ClusterEvent.TextBytesMax + 4;

    public static byte[] Encode(IEnumerable<ClusterEvent> events)
    {
        var writer = new ByteWriter();
        foreach (var each in events)
        {
            var body = new ByteWriter();
            body.I64(each.AtUnixMs);
            body.Byte((byte)each.Kind);
            body.Text(each.Subject);
            body.Text(each.Text);
            writer.Block16(body.Written);
            writer.U32(Crc32C.Of(body.Written));
        }

        return writer.ToArray();
    }

    /// <summary>As far as the bytes are whole.</summary>
    /// <returns>The events, and how many bytes they were; fewer than there are when the rest is torn or damaged.</returns>
    public static (IReadOnlyList<ClusterEvent> Events, int WholeBytes) Decode(ReadOnlySpan<byte> bytes)
    {
        var events = new List<ClusterEvent>();
        var reader = new ByteReader(bytes);
        var wholeBytes = 0;
        while (!reader.HasFailed && reader.RemainingBytes > 0)
        {
            var block = reader.Block16(RecordBytesMax);
            var isWhole = Crc32C.Of(block) == reader.U32();
            var body = new ByteReader(block);
            var (at, kind) = (body.I64(), (EventKind)body.Byte());
            var read = new ClusterEvent(at, kind, body.Text(ClusterEvent.SubjectBytesMax), body.Text(ClusterEvent.TextBytesMax));
            if (reader.HasFailed || !isWhole || !body.IsComplete)
            {
                break;
            }

            events.Add(read);
            wholeBytes = bytes.Length - reader.RemainingBytes;
        }

        return (events, wholeBytes);
    }
}
