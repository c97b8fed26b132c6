using System.Collections.Immutable;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;

namespace Akka.Cluster.Serialization;

/// <summary>Reads what <see cref="ClusterWriter"/> wrote; every length is checked against what is left before it is used.</summary>
/// <exception cref="SerializationException">From all its methods: the bytes are not such a message.</exception>
internal sealed class ClusterReader
{
    private readonly byte[] _bytes;
    private readonly ImmutableArray<string> _texts;
    private readonly ImmutableArray<UniqueAddress> _nodes;
    private int _position;

    public ClusterReader(byte[] bytes)
    {
        _bytes = bytes;
        _texts = Many(ReadText);
        _nodes = Many(ReadNode);
    }

    public void RequireEnd() => Require(_position == _bytes.Length, "bytes left over");

    public long Number()
    {
        var value = 0UL;
        for (var shift = 0; shift < 63; shift += 7)
        {
            Require(_position < _bytes.Length, "the end came early");
            var next = _bytes[_position++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return (long)value;
            }
        }

        throw new SerializationException("Not a cluster message: a number of more than 63 bits");
    }

    /// <summary>A number below the limit.</summary>
    public int Number(int limit)
    {
        var value = Number();
        Require(value < limit, $"{value} where less than {limit} was expected");
        return (int)value;
    }

    public string Text() => _texts[Number(_texts.Length)];

    public UniqueAddress Node() => _nodes[Number(_nodes.Length)];

    public Address Address() => Node().Address;

    public ImmutableArray<T> Many<T>(Func<T> read)
    {
        var count = Number(ClusterWriter.CountMax + 1);

        // Each item takes a byte at least, so a count that lies cannot make this allocate more than the message holds.
        Require(count <= _bytes.Length - _position, $"{count} items in {_bytes.Length - _position} bytes");
        var items = ImmutableArray.CreateBuilder<T>(count);
        for (var index = 0; index < count; index++)
        {
            items.Add(read());
        }

        return items.MoveToImmutable();
    }

    private string ReadText()
    {
        var length = Number(ClusterWriter.TextBytesMax + 1);
        Require(length <= _bytes.Length - _position, "a text beyond the end");
        _position += length;
        return Encoding.UTF8.GetString(_bytes, _position - length, length);
    }

    private UniqueAddress ReadNode()
    {
        var (protocol, system, host) = (Text(), Text(), Text());
        var port = Number(65537);
        var uid = Number();
        Require(uid <= uint.MaxValue, "a uid of more than 32 bits");
        return new UniqueAddress(
            new Address(protocol, system, host.Length == 0 ? null : host, port == 0 ? null : port - 1), unchecked((int)(uint)uid));
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new SerializationException($"Not a cluster message: {what}");
        }
    }
}
