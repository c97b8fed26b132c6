using Akka.Actor.Internal;
using Akka.Util;

namespace Akka.Actor;

public partial class ActorCell
{
    private const string NameDigits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+~";

    // Most actors have no children: made with the first.
    private Children _children;
    private long _names;

    private Children ChildrenContainer =>
        LazyInitializer.EnsureInitialized(ref _children, static () => new Children());

    public virtual IActorRef ActorOf(Props props, string name = null) => MakeChild(props, name, systemService: false);

    public virtual IActorRef AttachChild(Props props, bool isSystemService, string name = null) =>
        MakeChild(props, name, isSystemService);

    /// <remarks>Copied when it is walked: who only passes it on pays nothing.</remarks>
    public IEnumerable<IInternalActorRef> GetChildren()
    {
        foreach (var stats in _children?.All ?? [])
        {
            yield return stats.Child;
        }
    }

    IEnumerable<IActorRef> IActorContext.GetChildren() => GetChildren();

    public void Stop(IActorRef child)
    {
        if (_children?.ByRef(child) is not null)
        {
            _children.ShallDie(child);
        }

        ((IInternalActorRef)child).Stop();
    }

    /// <summary>Makes one of the guardians, which exist before the provider can make actors.</summary>
    internal IInternalActorRef AttachGuardian(
        string name, Props props, Dispatch.MessageDispatcher dispatcher, Dispatch.MailboxType mailboxType)
    {
        ChildrenContainer.Reserve(name);
        var path = new ChildActorPath(_self.Path, name, NewUid());
        var guardian = new LocalActorRef(SystemImpl, props, dispatcher, mailboxType, _self, path);
        ChildrenContainer.Add(guardian);
        return guardian;
    }

    /// <param name="name">Without "#uid".</param>
    /// <param name="uid">0 takes any incarnation.</param>
    internal IInternalActorRef FindChild(string name, long uid)
    {
        var found = _children?.ByName(name)?.Child;
        return found is not null && (uid == UndefinedUid || uid == found.Path.Uid) ? found : ActorRefs.Nobody;
    }

    internal static long NewUid()
    {
        long uid;
        do
        {
            uid = ThreadLocalRandom.Current.Next(int.MinValue, int.MaxValue);
        }
        while (uid == UndefinedUid);
        return uid;
    }

    private IInternalActorRef MakeChild(Props props, string name, bool systemService)
    {
        name = name is null ? NextName() : Checked(name);
        ChildrenContainer.Reserve(name);
        IInternalActorRef child;
        try
        {
            child = SystemImpl.Provider.ActorOf(
                SystemImpl,
                props,
                _self,
                new ChildActorPath(_self.Path, name, NewUid()),
                systemService,
                props.Deploy,
                lookupDeploy: true,
                async: false);
        }
        catch
        {
            ChildrenContainer.Unreserve(name);
            throw;
        }

        // Known to its parent before it can fail: a failure of an unknown child would be dropped.
        ChildrenContainer.Add(child);
        child.Start();
        if (!ChildrenContainer.MayHaveNew)
        {
            // Its parent began to end between the reservation and now, and did not see it.
            child.Stop();
        }

        return child;
    }

    private static string Checked(string name) =>
        name.Length == 0
            ? throw new InvalidActorNameException("Actor name must not be empty.")
            : ActorPath.IsValidPathElement(name)
                ? name
                : throw new InvalidActorNameException(
                    $"Illegal actor name [{name}]. Actor paths MUST: not start with `$`, include only ASCII letters and can only "
                    + $"contain these special characters: {ActorPath.ValidSymbols}.");

    private string NextName()
    {
        var number = Interlocked.Increment(ref _names) - 1;
        var name = "$";
        do
        {
            name += NameDigits[(int)(number % NameDigits.Length)];
            number /= NameDigits.Length;
        }
        while (number > 0);
        return name;
    }
}
