using Akka.Actor;

namespace Dfs.Tests.Kit;

/// <summary>Stands at a path of several names, as on another node, and hands on what comes to its end.</summary>
internal sealed class PathProbe(string path, IActorRef target, ManualResetEventSlim started) : UntypedActor
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Returns when messages to the path arrive: what came earlier would go to the dead letters.</summary>
    /// <param name="name">The actor below /user.</param>
    /// <param name="path">Names below that actor, parted by '/'.</param>
    public static void Start(ActorSystem system, string name, string path, IActorRef target)
    {
        var started = new ManualResetEventSlim();
        system.ActorOf(PropsOf(path, target, started), name);
        Assert.True(started.Wait(Patience), $"{name}/{path} has not started");
    }

    protected override void PreStart()
    {
        if (path.Length > 0)
        {
            var names = path.Split('/', 2);
            Context.ActorOf(PropsOf(names.Length > 1 ? names[1] : "", target, started), names[0]);
        }
        else
        {
            started.Set();
        }
    }

    protected override void OnReceive(object message) => target.Forward(message);

    private static Props PropsOf(string path, IActorRef target, ManualResetEventSlim started) =>
        Props.Create(() => new PathProbe(path, target, started));
}
