using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Xunit2.Internals;
using Xunit.Abstractions;

namespace Akka.TestKit.Xunit2;

/// <summary>The base of a test class for xunit 2: an actor system per test, ended after it.</summary>
public class TestKit : TestKitBase, IDisposable
{
    protected readonly ITestOutputHelper Output;

    private bool _isDisposed;

    public TestKit(ActorSystem system = null, ITestOutputHelper output = null) : base(Assertions, system)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    public TestKit(ActorSystemSetup config, string actorSystemName = null, ITestOutputHelper output = null)
        : base(Assertions, config, actorSystemName)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    public TestKit(Config config, string actorSystemName = null, ITestOutputHelper output = null)
        : base(Assertions, config, actorSystemName)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    public TestKit(string config, ITestOutputHelper output = null)
        : base(Assertions, ConfigurationFactory.ParseString(config))
    {
        Output = output;
        InitializeLogger(Sys);
    }

    protected static XunitAssertions Assertions { get; } = new();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Before the system ends.</summary>
    protected virtual void AfterAll()
    {
    }

    protected virtual void Dispose(bool disposing)
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        try
        {
            AfterAll();
        }
        finally
        {
            Shutdown();
        }
    }

    /// <summary>What a system logs goes to the output of the test, when the test has one.</summary>
    protected void InitializeLogger(ActorSystem system)
    {
        if (Output is not null)
        {
            var logger = ((ExtendedActorSystem)system).SystemActorOf(
                Props.Create(() => new TestOutputLogger(Output)), "log-test");
            logger.Tell(new InitializeLogger(system.EventStream), ActorRefs.NoSender);
        }
    }
}
