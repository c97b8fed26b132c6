using Akka.Actor;

namespace Dfs.Tests.Kit;

/// <summary>Stands at a path of several names, as on another node, and hands on what comes to its end.</summary>
internal sealed class PathProbe(string path, IActorRef target) : UntypedActor
{
    /// <param name="path">Names below this actor, parted by '/'.</param>
    public static Props Props(string path, IActorRef target) => Akka.Actor.Props.Create(() => new PathProbe(path, target));

    protected override void PreStart()
    {
        if (path.Length > 0)
        {
            var names = path.Split('/', 2);
            Context.ActorOf(Props(names.Length > 1 ? names[1] : "", target), names[0]);
        }
    }

    protected override void OnReceive(object message) => target.Forward(message);
}
