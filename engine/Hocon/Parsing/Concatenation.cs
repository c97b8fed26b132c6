using System.Text;

namespace Hocon.Parsing;

/// <summary>A resolved object: the nodes it is merged from, oldest first.</summary>
internal sealed class Layers(List<ObjectNode> nodes) : Node
{
    public List<ObjectNode> Nodes => nodes;

    public Layers Over(Layers older) => new([.. older.Nodes.Except(nodes), .. nodes]);
}

internal static class Concatenation
{
    /// <summary>Strings are joined, arrays appended, objects merged; null when no piece has a value.</summary>
    public static Node? Join(List<Node> pieces, Action<int> spend, Func<string, Exception> fail)
    {
        var values = pieces.FindAll(piece => piece is not LiteralNode { IsSpace: true });
        return values switch
        {
            [] => null,
            _ when values.TrueForAll(value => value is LiteralNode) => JoinText(pieces, spend),
            _ when values.TrueForAll(value => value is ArrayNode) => JoinArrays(values, spend),
            _ when values.TrueForAll(value => value is Layers) =>
                values.Cast<Layers>().Aggregate((older, newer) => newer.Over(older)),
            _ => throw fail("a value is made of pieces of different kinds: expected only strings, only arrays or only objects"),
        };
    }

    private static LiteralNode JoinText(List<Node> pieces, Action<int> spend)
    {
        if (pieces is [LiteralNode single])
        {
            return single;
        }

        var text = new StringBuilder();
        foreach (var piece in pieces.Cast<LiteralNode>())
        {
            spend(piece.Text.Length);
            text.Append(piece.Text);
        }

        return new LiteralNode(text.ToString(), pieces.Exists(piece => piece is LiteralNode { Quoted: true }));
    }

    private static ArrayNode JoinArrays(List<Node> arrays, Action<int> spend)
    {
        var joined = arrays.Cast<ArrayNode>().SelectMany(array => array.Items).ToList();
        spend(joined.Count);
        return new ArrayNode(joined);
    }
}
