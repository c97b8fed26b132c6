using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Dfs.Core.Primitives;

namespace Dfs.Benchmarks;

/// <summary>How many small messages a second go between two actors, and how long does one question take: here, and to another process?</summary>
internal static class EngineBenchmark
{
    /// <summary>The argument with which this program starts itself as the other process.</summary>
    public const string EchoArgument = "engine-echo";

    private const int Messages = 200_000;
    private const int WindowMessages = 1000;
    private const int Questions = 5000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<Table> RunAsync(string[] args)
    {
        var table = new Table("Messages of the actor engine");
        var system = ActorSystem.Create("bench", Settings());
        await AddAsync(table, system, system.ActorOf(Props.Create(() => new Echo()), "echo"), "one process");

        using var other = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, OwnArguments())
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var address = await other.StandardOutput.ReadLineAsync();
        Invariant.Holds(!string.IsNullOrEmpty(address), "the other process names its address");
        var echo = await system.ActorSelection($"{address}/user/echo").ResolveOne(Patience);
        await AddAsync(table, system, echo, "two processes");
        other.StandardInput.Close();
        await other.WaitForExitAsync();
        await system.Terminate();
        return table;
    }

    /// <summary>The other process: answers until its input ends.</summary>
    public static async Task EchoAsync()
    {
        var system = ActorSystem.Create("bench", Settings());
        system.ActorOf(Props.Create(() => new Echo()), "echo");
        Console.WriteLine(((ExtendedActorSystem)system).Provider.DefaultAddress);
        await Console.In.ReadToEndAsync();
        await system.Terminate();
    }

    private static async Task AddAsync(Table table, ActorSystem system, IActorRef echo, string where)
    {
        await RateAsync(system, echo, Messages / 10);
        table.Add($"messages, {where}, there and back", await RateAsync(system, echo, Messages), "messages/s");
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Questions; i++)
        {
            await echo.Ask<string>("?", Patience);
        }

        table.Add($"question and answer, {where}", watch.Elapsed.TotalMicroseconds / Questions, "µs");
    }

    private static async Task<double> RateAsync(ActorSystem system, IActorRef echo, int messages)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watch = Stopwatch.StartNew();
        system.ActorOf(Props.Create(() => new Sender(echo, messages, done)));
        await done.Task.WaitAsync(Patience);
        return 2 * messages / watch.Elapsed.TotalSeconds;
    }

    private static string OwnArguments()
    {
        var program = typeof(EngineBenchmark).Assembly.Location;
        var isHosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        return isHosted ? $"\"{program}\" {EchoArgument}" : EchoArgument;
    }

    private static Config Settings() => ConfigurationFactory.ParseString(
        """
        akka.loglevel = WARNING
        akka.actor.provider = remote
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        """);

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }

    /// <summary>Keeps a window of messages on their way until all came back.</summary>
    private sealed class Sender : UntypedActor
    {
        private readonly IActorRef _echo;
        private readonly TaskCompletionSource _done;
        private int _unsent;
        private int _unanswered;

        public Sender(IActorRef echo, int messages, TaskCompletionSource done) =>
            (_echo, _unsent, _unanswered, _done) = (echo, messages, messages, done);

        protected override void PreStart()
        {
            for (var i = 0; i < WindowMessages; i++)
            {
                SendOne();
            }
        }

        protected override void OnReceive(object message)
        {
            SendOne();
            if (--_unanswered == 0)
            {
                _done.TrySetResult();
                Context.Stop(Self);
            }
        }

        private void SendOne()
        {
            if (_unsent-- > 0)
            {
                _echo.Tell("a small message");
            }
        }
    }
}
