using System.IO.Enumeration;

namespace Akka.Actor;

/// <summary>One step of a selection's way.</summary>
public abstract class SelectionPathElement;

public class SelectChildName(string name) : SelectionPathElement
{
    public string Name { get; } = name;

    public override bool Equals(object obj) => obj is SelectChildName other && Name == other.Name;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Name;
}

/// <summary>All children whose names match, with * and ?.</summary>
public class SelectChildPattern(string patternStr) : SelectionPathElement
{
    public string PatternStr { get; } = patternStr;

    public override bool Equals(object obj) => obj is SelectChildPattern other && PatternStr == other.PatternStr;

    public override int GetHashCode() => PatternStr.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => PatternStr;
}

public class SelectParent : SelectionPathElement
{
    public static readonly SelectParent Instance = new();

    public override bool Equals(object obj) => obj is SelectParent;

    public override int GetHashCode() => 0;

    public override string ToString() => "..";
}

/// <summary>The message on its way along a selection.</summary>
public class ActorSelectionMessage(object message, SelectionPathElement[] elements, bool wildCardFanOut = false)
    : IAutoReceivedMessage, IPossiblyHarmful
{
    public object Message { get; } = message;

    public SelectionPathElement[] Elements { get; } = elements;

    /// <summary>It may have several receivers, so nobody answers for one that is missing.</summary>
    public bool WildCardFanOut { get; } = wildCardFanOut;

    public override string ToString() =>
        $"ActorSelectionMessage - Message: {Message} - WildCartFanOut: {WildCardFanOut} - Elements: {string.Join('/', (object[])Elements)}";
}

/// <summary>A path, walked for each message: whoever lives there then gets it.</summary>
public class ActorSelection : ICanTell
{
    public ActorSelection(IActorRef anchor, SelectionPathElement[] path)
    {
        Anchor = anchor;
        Path = path;
    }

    public ActorSelection(IActorRef anchor, string path) : this(anchor, path.Split('/'))
    {
    }

    public ActorSelection(IActorRef anchor, IEnumerable<string> elements) : this(anchor, Parse(elements))
    {
    }

    public IActorRef Anchor { get; private set; }

    public SelectionPathElement[] Path { get; private set; }

    public string PathString => "/" + string.Join('/', (object[])Path);

    public void Tell(object message, IActorRef sender = null) => DeliverSelection(
        (IInternalActorRef)Anchor,
        sender ?? ActorCell.GetCurrentSelfOrNoSender(),
        new ActorSelectionMessage(message, Path));

    public Task<IActorRef> ResolveOne(TimeSpan timeout) => ResolveOne(timeout, CancellationToken.None);

    /// <exception cref="ActorNotFoundException">Nobody is there, or did not answer in time.</exception>
    public async Task<IActorRef> ResolveOne(TimeSpan timeout, CancellationToken ct)
    {
        try
        {
            var identity = await this.Ask<ActorIdentity>(new Identify(null), timeout, ct).ConfigureAwait(false);
            return identity.Subject ?? throw new ActorNotFoundException("subject was null");
        }
        catch (Exception exception) when (exception is not ActorNotFoundException)
        {
            throw new ActorNotFoundException("Exception occurred while resolving ActorSelection", exception);
        }
    }

    public override bool Equals(object obj) =>
        obj is ActorSelection other && Equals(Anchor, other.Anchor) && Path.SequenceEqual(other.Path);

    public override int GetHashCode() => HashCode.Combine(Anchor, Path.Length);

    public override string ToString() => $"ActorSelection[Anchor({Anchor}), Path({PathString})]";

    /// <summary>Walks as far as the way is in this process and hands the rest on.</summary>
    internal static void DeliverSelection(IInternalActorRef anchor, IActorRef sender, ActorSelectionMessage selection)
    {
        var current = anchor;
        for (var i = 0; i < selection.Elements.Length; i++)
        {
            if (current is not LocalActorRef local)
            {
                // Elsewhere, or a place that has no children of the common kind.
                HandOn(current, sender, selection, selection.Elements[i..]);
                return;
            }

            switch (selection.Elements[i])
            {
                case SelectParent:
                    current = local.Parent;
                    break;
                case SelectChildName child:
                    current = local.GetSingleChild(child.Name);
                    break;
                case SelectChildPattern pattern:
                    FanOut(local, sender, selection, pattern, selection.Elements[(i + 1)..]);
                    return;
            }

            if (current.IsNobody())
            {
                Missing(anchor, sender, selection);
                return;
            }
        }

        current.Tell(selection.Message, sender);
    }

    private static void HandOn(
        IInternalActorRef current, IActorRef sender, ActorSelectionMessage selection, SelectionPathElement[] rest)
    {
        if (current.IsLocal)
        {
            var child = (IInternalActorRef)current.GetChild([.. rest.Select(element => element.ToString())]);
            if (child.IsNobody())
            {
                Missing(current, sender, selection);
            }
            else
            {
                child.Tell(selection.Message, sender);
            }
        }
        else
        {
            current.Tell(new ActorSelectionMessage(selection.Message, rest, selection.WildCardFanOut), sender);
        }
    }

    private static void FanOut(
        LocalActorRef parent,
        IActorRef sender,
        ActorSelectionMessage selection,
        SelectChildPattern pattern,
        SelectionPathElement[] rest)
    {
        var matching = parent.Cell.GetChildren()
            .Where(child => FileSystemName.MatchesSimpleExpression(pattern.PatternStr, child.Path.Name, ignoreCase: false))
            .ToList();
        foreach (var child in matching)
        {
            DeliverSelection(
                child,
                sender,
                new ActorSelectionMessage(selection.Message, rest, selection.WildCardFanOut || matching.Count > 1));
        }

        if (matching.Count == 0 && !selection.WildCardFanOut)
        {
            Missing(parent, sender, selection);
        }
    }

    private static void Missing(IInternalActorRef anchor, IActorRef sender, ActorSelectionMessage selection)
    {
        if (selection.Message is Identify identify)
        {
            if (!selection.WildCardFanOut)
            {
                sender?.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);
            }

            return;
        }

        var provider = anchor.Provider;
        var path = selection.Elements.Aggregate(anchor.Path, (parent, element) => parent / element.ToString());
        new EmptyLocalActorRef(provider, path, provider.Settings.System.EventStream).Tell(selection.Message, sender);
    }

    private static SelectionPathElement[] Parse(IEnumerable<string> elements) =>
    [
        .. elements.Where(element => !string.IsNullOrEmpty(element)).Select(element => element switch
        {
            ".." => (SelectionPathElement)SelectParent.Instance,
            "**" => throw new IllegalActorNameException("Double wildcards are not supported"),
            _ when element.Contains('*') || element.Contains('?') => new SelectChildPattern(element),
            _ => new SelectChildName(element),
        }),
    ];
}

public static class ActorRefFactoryShared
{
    public static ActorSelection ActorSelection(ActorPath actorPath, ActorSystem system) => new(
        ((ExtendedActorSystem)system).Provider.RootGuardianAt(actorPath.Address), actorPath.ElementsWithUid);

    /// <param name="path">A whole path with address, one from the root ("/user/..."), or one from <paramref name="lookupRoot"/>.</param>
    public static ActorSelection ActorSelection(string path, ActorSystem system, IActorRef lookupRoot)
    {
        if (ActorPath.TryParse(path, out var parsed))
        {
            return ActorSelection(parsed, system);
        }

        var provider = ((ExtendedActorSystem)system).Provider;
        return new ActorSelection(path.StartsWith('/') ? provider.RootGuardian : lookupRoot, path);
    }
}
