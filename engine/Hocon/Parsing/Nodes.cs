namespace Hocon.Parsing;

/// <summary>What the text says, before substitutions are looked up.</summary>
internal abstract class Node
{
    /// <summary>False: the value is final, and what the field held before no longer matters.</summary>
    public virtual bool MayLookBack => false;
}

/// <summary>A piece of text; only one that was not quoted can be a number, a boolean or null.</summary>
internal sealed class LiteralNode(string text, bool quoted = false) : Node
{
    public string Text => text;

    public bool Quoted => quoted;

    /// <summary>Stands between two pieces of a concatenation.</summary>
    public bool IsSpace => !quoted && string.IsNullOrWhiteSpace(text);
}

internal sealed class ArrayNode(List<Node> items) : Node
{
    public List<Node> Items => items;

    public override bool MayLookBack => items.Exists(item => item.MayLookBack);
}

/// <summary>Several pieces beside each other: strings, arrays or objects to be joined.</summary>
internal sealed class ConcatNode(List<Node> pieces) : Node
{
    public List<Node> Pieces => pieces;

    public override bool MayLookBack => true;
}

/// <summary><c>${path}</c> or <c>${?path}</c>.</summary>
/// <param name="path">As written.</param>
/// <param name="scope">The path at which the text was included: it is looked up there first.</param>
internal sealed class SubstitutionNode(List<string> path, List<string> scope, bool optional, Position at) : Node
{
    public List<string> Path => path;

    public List<string> Scope => scope;

    public bool Optional => optional;

    public Position At => at;

    public override bool MayLookBack => true;
}

/// <summary>What the field held before; <c>a += b</c> is this, then the array of b.</summary>
internal sealed class PreviousNode : Node
{
    public override bool MayLookBack => true;
}

/// <summary>The values that were given to one key, oldest first, as far as they may still matter.</summary>
internal sealed class Field
{
    public List<Node> Values { get; } = [];

    /// <summary>The index now being resolved: who asks for the field meanwhile gets what was there before.</summary>
    public int? Resolving { get; set; }

    public Dictionary<int, Node?> Resolved { get; } = [];

    public void Assign(Node value)
    {
        if (value is ObjectNode added && Values is [.., ObjectNode last])
        {
            last.Merge(added);
            return;
        }

        if (value is not ObjectNode && !value.MayLookBack)
        {
            Values.Clear();
        }

        Values.Add(value);
    }
}

internal sealed class ObjectNode : Node
{
    /// <summary>In the order in which the keys came first.</summary>
    public OrderedDictionary<string, Field> Fields { get; } = [];

    public void Assign(IReadOnlyList<string> path, Node value)
    {
        var target = this;
        for (var i = 0; i < path.Count - 1; i++)
        {
            var values = target.FieldOf(path[i]).Values;
            if (values is not [.., ObjectNode])
            {
                values.Add(new ObjectNode());
            }

            target = (ObjectNode)values[^1];
        }

        target.FieldOf(path[^1]).Assign(value);
    }

    public void Merge(ObjectNode newer)
    {
        foreach (var (key, field) in newer.Fields)
        {
            foreach (var value in field.Values)
            {
                FieldOf(key).Assign(value);
            }
        }
    }

    private Field FieldOf(string key)
    {
        if (!Fields.TryGetValue(key, out var field))
        {
            Fields[key] = field = new Field();
        }

        return field;
    }
}
