using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Engine.Tests.Actor;

public class EventStreamAndLogTests : ActorTest
{
    [Fact]
    public async Task Subscribers_get_what_derives_from_their_type()
    {
        var animals = NewProbe();
        var dogs = NewProbe();
        System.EventStream.Subscribe(animals.Ref, typeof(IAnimal));
        System.EventStream.Subscribe(dogs.Ref, typeof(Dog));

        System.EventStream.Publish(new Cat());
        System.EventStream.Publish(new Dog());

        await animals.ExpectAll(new Cat(), new Dog());
        await dogs.Expect(new Dog());
        await dogs.ExpectNothing();
    }

    [Fact]
    public async Task Nothing_comes_after_unsubscribing()
    {
        var probe = NewProbe();
        Assert.True(System.EventStream.Subscribe(probe.Ref, typeof(IAnimal)));
        Assert.False(System.EventStream.Subscribe(probe.Ref, typeof(Dog)));
        System.EventStream.Publish(new Dog());
        await probe.Expect(new Dog());

        System.EventStream.Unsubscribe(probe.Ref, typeof(IAnimal));
        System.EventStream.Publish(new Dog());

        await probe.ExpectNothing();
    }

    [Fact]
    public async Task An_actor_that_has_ended_is_no_longer_subscribed()
    {
        var letters = NewProbe();
        var gone = NewProbe();
        System.EventStream.Subscribe(gone.Ref, typeof(Dog));
        System.EventStream.Subscribe(letters.Ref, typeof(DeadLetter));
        await Stopped(gone.Ref);

        // While it is subscribed, what is published comes back as a dead letter before what is told after it.
        for (var attempt = 0; attempt < 200; attempt++)
        {
            System.EventStream.Publish(new Dog());
            gone.Ref.Tell("told");
            if ((await letters.Expect<DeadLetter>()).Message is "told")
            {
                return;
            }

            Assert.Equal("told", (await letters.Expect<DeadLetter>()).Message);
            await Task.Delay(10);
        }

        Assert.Fail("still subscribed");
    }

    [Fact]
    public async Task A_logger_of_ones_own_gets_format_and_parameters_at_its_level()
    {
        var lines = new Lines();
        var config = ConfigurationFactory.ParseString($$"""
            akka {
              loggers = ["{{typeof(KeepingLogger).FullName}}, Engine.Tests"]
              loglevel = WARNING
              stdout-loglevel = OFF
            }
            """);
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), lines);
        var system = ActorSystem.Create("logging", setup);

        system.ActorOf(Props.Create(() => new Logging()), "writer").Tell("go");
        while (lines.Kept.IsEmpty)
        {
            await Task.Delay(5);
        }

        await system.Terminate().WaitAsync(Patience);
        var line = Assert.Single(lines.Kept);
        var message = Assert.IsType<LogMessage>(line.Message, exactMatch: false);
        Assert.IsType<Warning>(line);
        Assert.Equal("disk {0} of {1} is full", message.Format);
        Assert.Equal(new object[] { 3, "node" }, message.Parameters());
        Assert.Equal("disk 3 of node is full", message.ToString());
        Assert.Equal(typeof(Logging), line.LogClass);
        Assert.EndsWith("/user/writer", line.LogSource, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_supervisor_decides_is_logged_with_the_cause()
    {
        var lines = new Lines();
        var config = ConfigurationFactory.ParseString($$"""
            akka { loggers = ["{{typeof(KeepingLogger).FullName}}, Engine.Tests"], stdout-loglevel = OFF }
            """);
        var system = ActorSystem.Create("logging", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), lines));

        system.ActorOf(Script((_, _) => throw new InvalidOperationException("broken"))).Tell("go");
        while (!lines.Kept.Any(line => line is Error))
        {
            await Task.Delay(5);
        }

        await system.Terminate().WaitAsync(Patience);
        var error = Assert.Single(lines.Kept, line => line is Error);
        Assert.IsType<InvalidOperationException>(error.Cause);
    }

    public interface IAnimal;

    public sealed record Dog : IAnimal;

    public sealed record Cat : IAnimal;

    public sealed class Lines : Setup
    {
        public ConcurrentQueue<LogEvent> Kept { get; } = new();
    }

    public sealed class KeepingLogger : ActorBase, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
    {
        protected override bool Receive(object message)
        {
            switch (message)
            {
                case InitializeLogger: Sender.Tell(new LoggerInitialized()); return true;
                case LogEvent line: Context.System.Settings.Setup.Get<Lines>().Value.Kept.Enqueue(line); return true;
                default: return false;
            }
        }
    }

    public sealed class Logging : UntypedActor
    {
        private readonly ILoggingAdapter _log = Context.GetLogger();

        protected override void OnReceive(object message)
        {
            _log.Info("not at this level");
            _log.Warning("disk {0} of {1} is full", 3, "node");
        }
    }
}
