using System.Runtime.CompilerServices;

namespace Hocon.Parsing;

/// <summary>Looks up substitutions and builds the final tree.</summary>
/// <remarks>
/// Lazy, because a substitution may name a sibling in an object that is itself being resolved: an object resolves to
/// layers of nodes (<see cref="Layers"/>), and only reading a key resolves the key. A field that asks for itself while it
/// is being resolved gets its previous value; one that comes back to itself by way of another is a cycle. Depth and work
/// are bounded, so that no text can exhaust the stack, the memory or the caller's patience.
/// </remarks>
internal sealed class Resolver
{
    private const int DepthMax = 300;

    /// <summary>Characters joined, nodes visited, and ten for each node built: ends a text that doubles itself.</summary>
    private const int WorkMax = 1_000_000;

    private readonly Layers _root;
    private readonly Stack<Layers> _building = [];
    private readonly Stack<Field> _resolving = [];
    private int _depth;
    private int _work;
    private int _lookBacks;
    private Position _last = new(1, 1);

    private Resolver(ObjectNode root) => _root = new Layers([root]);

    /// <exception cref="HoconParserException">A required substitution is undefined or refers to itself.</exception>
    public static HoconValue Resolve(Node root)
    {
        var resolver = new Resolver(root as ObjectNode ?? new ObjectNode());
        var resolved = root is ObjectNode ? resolver._root : resolver.Resolve(root, null, 0);
        return resolver.Build(resolved ?? new ObjectNode(), HoconPath.Empty);
    }

    private Node? Resolve(Node node, Field? field, int index)
    {
        Spend(1);
        return node switch
        {
            ObjectNode own => new Layers([own]),
            ArrayNode array => ResolveItems(array, field, index),
            ConcatNode concat => Concatenation.Join(ResolvePieces(concat, field, index), Spend, Fail),
            SubstitutionNode substitution => LookUp(substitution),
            PreviousNode => field is null ? null : ValueOf(field, index - 1),
            _ => node,
        };
    }

    private ArrayNode ResolveItems(ArrayNode array, Field? field, int index) =>
        array.Items.Exists(item => item is not LiteralNode)
            ? new ArrayNode([.. array.Items.Select(item => Resolve(item, field, index)).OfType<Node>()])
            : array;

    private List<Node> ResolvePieces(ConcatNode concat, Field? field, int index) =>
        [.. concat.Pieces.Select(piece => Resolve(piece, field, index)).OfType<Node>()];

    private Node? LookUp(SubstitutionNode substitution)
    {
        _last = substitution.At;
        var lookBacks = _lookBacks;
        var found = substitution.Scope.Count > 0 ? Find([.. substitution.Scope, .. substitution.Path]) : null;
        found ??= Find(substitution.Path) ?? FromEnvironment(substitution.Path);
        if (found is not null || substitution.Optional)
        {
            return found;
        }

        var path = string.Join('.', substitution.Path);
        throw Cursor.Error(
            lookBacks == _lookBacks
                ? $"the substitution ${{{path}}} has no value, here or in the environment"
                : $"the substitution ${{{path}}} is cyclic: it leads back to itself",
            substitution.At);
    }

    private static LiteralNode? FromEnvironment(List<string> path) =>
        path is [var first, ..] && first.Length > 0 && !path.Exists(key => key.AsSpan().ContainsAny('\0', '='))
        && Environment.GetEnvironmentVariable(string.Join('.', path)) is { } value
            ? new LiteralNode(value)
            : null;

    private Node? Find(List<string> path)
    {
        Node? found = _root;
        foreach (var key in path)
        {
            found = found is Layers layers ? ValueOf(layers, key) : null;
        }

        return found;
    }

    /// <summary>The newest layer that has the key decides; objects are merged with those in older layers.</summary>
    private Node? ValueOf(Layers layers, string key)
    {
        Node? merged = null;
        for (var i = layers.Nodes.Count - 1; i >= 0; i--)
        {
            if (!layers.Nodes[i].Fields.TryGetValue(key, out var field) || LatestOf(field) is not { } older)
            {
                continue;
            }

            if (merged is null)
            {
                merged = older;
            }
            else if (older is Layers below)
            {
                merged = ((Layers)merged).Over(below);
            }
            else
            {
                break;
            }

            if (merged is not Layers)
            {
                break;
            }
        }

        return merged;
    }

    private Node? LatestOf(Field field)
    {
        if (field.Resolving is not { } open)
        {
            return ValueOf(field, field.Values.Count - 1);
        }

        _lookBacks++;
        return _resolving.Peek() == field ? ValueOf(field, open - 1) : null;
    }

    private Node? ValueOf(Field field, int index)
    {
        if (index < 0)
        {
            return null;
        }

        if (field.Resolved.TryGetValue(index, out var known))
        {
            return known;
        }

        Descend();
        var (outer, lookBacks) = (field.Resolving, _lookBacks);
        field.Resolving = index;
        _resolving.Push(field);
        var value = Resolve(field.Values[index], field, index);
        if (value is null or Layers && ValueOf(field, index - 1) is { } older)
        {
            value = value is Layers newer && older is Layers below ? newer.Over(below) : value ?? older;
        }

        _resolving.Pop();
        field.Resolving = outer;
        _depth--;
        // What was found by looking back holds only for the one who asked.
        if (lookBacks == _lookBacks)
        {
            field.Resolved[index] = value;
        }

        return value;
    }

    private HoconValue Build(Node resolved, HoconPath path)
    {
        Spend(10);
        return resolved switch
        {
            Layers layers => new HoconValue(BuildObject(layers, path)),
            ObjectNode own => new HoconValue(BuildObject(new Layers([own]), path)),
            ArrayNode array => new HoconValue(new HoconArray(array.Items.Select(item => Build(item, path)))),
            LiteralNode literal => new HoconValue(new HoconLiteral(literal.Text, literal.Quoted)),
            _ => throw new InvalidOperationException($"{resolved.GetType().Name} is not a resolved node"),
        };
    }

    private HoconObject BuildObject(Layers layers, HoconPath path)
    {
        Descend();
        if (_building.Any(open => open.Nodes.SequenceEqual(layers.Nodes)))
        {
            throw Cursor.Error($"the object {path} contains itself by a cyclic substitution", _last);
        }

        _building.Push(layers);
        var built = new HoconObject(path);
        foreach (var key in layers.Nodes.SelectMany(node => node.Fields.Keys).Distinct())
        {
            if (ValueOf(layers, key) is { } value)
            {
                var inner = new HoconPath([.. path, key]);
                built.Add(key, new HoconField(inner, Build(value, inner)));
            }
        }

        _building.Pop();
        _depth--;
        return built;
    }

    private void Descend()
    {
        if (++_depth > DepthMax || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Cursor.Error($"substitutions lead to each other more than {DepthMax} deep", _last);
        }
    }

    private void Spend(int work)
    {
        _work += work;
        if (_work > WorkMax)
        {
            throw Cursor.Error("the substitutions make the configuration too large", _last);
        }
    }

    private HoconParserException Fail(string what) => Cursor.Error(what, _last);
}
