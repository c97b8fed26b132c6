using System.Buffers;
using System.Text;
using Akka.Actor;

namespace Akka.Cluster.Serialization;

/// <summary>Writes the body of a message; texts and nodes go into tables ahead of it, so that each is sent once.</summary>
/// <remarks>
/// Layout: count and texts (length, UTF-8), count and nodes (protocol, system, host as indexes, port + 1, uid), body. All numbers
/// are unsigned LEB128. Both ends are this engine: the format may change with it.
/// </remarks>
internal sealed class ClusterWriter
{
    public const int TextBytesMax = 1024;
    public const int CountMax = 8192;

    private readonly ArrayBufferWriter<byte> _body = new();
    private readonly List<string> _texts = [];
    private readonly List<UniqueAddress> _nodes = [];
    private readonly Dictionary<string, int> _textIndexes = new(StringComparer.Ordinal);
    private readonly Dictionary<UniqueAddress, int> _nodeIndexes = [];

    public byte[] ToArray()
    {
        var nodes = new ArrayBufferWriter<byte>();
        Number(nodes, _nodes.Count);
        foreach (var node in _nodes)
        {
            Number(nodes, IndexOf(node.Address.Protocol));
            Number(nodes, IndexOf(node.Address.System));
            Number(nodes, IndexOf(node.Address.Host ?? ""));
            Number(nodes, node.Address.Port is { } port ? port + 1 : 0);
            Number(nodes, unchecked((uint)node.Uid));
        }

        var texts = new ArrayBufferWriter<byte>();
        Number(texts, _texts.Count);
        foreach (var text in _texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Require(bytes.Length <= TextBytesMax, $"a text of {bytes.Length} bytes");
            Number(texts, bytes.Length);
            texts.Write(bytes);
        }

        Require(_texts.Count <= CountMax && _nodes.Count <= CountMax, $"{_nodes.Count} nodes, {_texts.Count} texts");
        return [.. texts.WrittenSpan, .. nodes.WrittenSpan, .. _body.WrittenSpan];
    }

    public void Number(long value) => Number(_body, value);

    public void Text(string text) => Number(IndexOf(text));

    public void Address(Address address) => Node(new UniqueAddress(address, 0));

    public void Node(UniqueAddress node)
    {
        if (!_nodeIndexes.TryGetValue(node, out var index))
        {
            index = _nodeIndexes[node] = _nodes.Count;
            _nodes.Add(node);
        }

        Number(index);
    }

    public void Each<T>(IReadOnlyCollection<T> items, Action<T> write)
    {
        Require(items.Count <= CountMax, $"{items.Count} of {typeof(T).Name}");
        Number(items.Count);
        foreach (var item in items)
        {
            write(item);
        }
    }

    private int IndexOf(string text)
    {
        if (!_textIndexes.TryGetValue(text, out var index))
        {
            index = _textIndexes[text] = _texts.Count;
            _texts.Add(text);
        }

        return index;
    }

    private static void Number(ArrayBufferWriter<byte> target, long value)
    {
        var rest = (ulong)value;
        while (rest >= 0x80)
        {
            target.Write([(byte)(0x80 | (rest & 0x7f))]);
            rest >>= 7;
        }

        target.Write([(byte)rest]);
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new ArgumentException($"Too large for a cluster message: {what}");
        }
    }
}
