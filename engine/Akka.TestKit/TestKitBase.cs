using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Internal;
using Akka.Util;

namespace Akka.TestKit;

/// <summary>An actor system with a test actor in it, whose messages the test expects one by one.</summary>
/// <remarks>
/// What the test tells without a sender comes from the test actor, so answers come back to it (<see cref="INoImplicitSender"/>
/// turns that off). Every wait ends, by default after akka.test.single-expect-default.
/// </remarks>
public abstract partial class TestKitBase : IActorRefFactory
{
    private static int _testActorId;

    private readonly ITestKitAssertions _assertions;
    private readonly MessageBox _box = new();
    private MessageEnvelope _last = NullMessageEnvelope.Instance;

    protected TestKitBase(ITestKitAssertions assertions, ActorSystem system = null, string testActorName = null)
        : this(assertions, system, ActorSystemSetup.Empty, null, testActorName)
    {
    }

    protected TestKitBase(
        ITestKitAssertions assertions, ActorSystemSetup setup, string actorSystemName = null, string testActorName = null)
        : this(assertions, null, setup, actorSystemName, testActorName)
    {
    }

    protected TestKitBase(
        ITestKitAssertions assertions, Config config, string actorSystemName = null, string testActorName = null)
        : this(assertions, null, SetupOf(config), actorSystemName, testActorName)
    {
    }

    protected TestKitBase(
        ITestKitAssertions assertions, ActorSystem system, ActorSystemSetup config, string actorSystemName, string testActorName)
    {
        _assertions = assertions ?? throw new ArgumentNullException(nameof(assertions));
        InitializeTest(system, config, actorSystemName, testActorName);
    }

    public static Config DefaultConfig { get; } =
        ConfigurationFactory.FromResource<TestKitBase>("Akka.TestKit.Internal.Reference.conf");

    /// <summary>For durations only: it has no meaning apart from differences.</summary>
    public static TimeSpan Now => MonotonicClock.Elapsed;

    public ActorSystem Sys { get; private set; }

    public TestKitSettings TestKitSettings { get; private set; }

    public IActorRef TestActor { get; private set; }

    public EventFilterFactory EventFilter { get; private set; }

    public IActorRef LastSender => _last.Sender;

    public bool HasMessages => !_box.IsEmpty;

    internal ITestKitAssertions TestAssertions => _assertions;

    protected virtual void InitializeTest(
        ActorSystem system, ActorSystemSetup config, string actorSystemName, string testActorName)
    {
        if (system is null)
        {
            var bootstrap = config.Get<BootstrapSetup>().GetOrElse(BootstrapSetup.Create());
            var withDefaults = bootstrap.Config.GetOrElse(Config.Empty).WithFallback(DefaultConfig);
            system = ActorSystem.Create(actorSystemName ?? "test", config.And(bootstrap.WithConfig(withDefaults)));
        }
        else if (!system.Settings.Config.HasPath("akka.test"))
        {
            system.Settings.InjectTopLevelFallback(DefaultConfig);
        }

        Sys = system;
        TestKitSettings = new TestKitSettings(system.Settings.Config);
        EventFilter = new EventFilterFactory(this, system, []);
        TestActor = CreateTestActor(string.IsNullOrEmpty(testActorName)
            ? $"testActor{Interlocked.Increment(ref _testActorId)}"
            : testActorName);
        KeepSender();
    }

    /// <summary>Puts what it gets into the box of this kit, as <see cref="TestActor"/> does.</summary>
    public IActorRef CreateTestActor(string name)
    {
        var props = Props.Create(() => new InternalTestActor(_box)).WithDispatcher("akka.test.test-actor.dispatcher");
        return ((ExtendedActorSystem)Sys).SystemActorOf(props, name);
    }

    public virtual TestProbe CreateTestProbe(string name = null) => CreateTestProbe(Sys, name);

    public virtual TestProbe CreateTestProbe(ActorSystem system, string name = null) =>
        new(system, _assertions, string.IsNullOrWhiteSpace(name) ? null : $"{name}-{Interlocked.Increment(ref _testActorId)}");

    public IActorRef ActorOf(Props props, string name) => Sys.ActorOf(props, name);

    public ActorSelection ActorSelection(ActorPath actorPath) => Sys.ActorSelection(actorPath);

    public ActorSelection ActorSelection(string actorPath) => Sys.ActorSelection(actorPath);

    /// <summary>Ends when the watch is in place.</summary>
    public IActorRef Watch(IActorRef actorToWatch) => Acknowledged(new InternalTestActor.Watch(actorToWatch), actorToWatch);

    public virtual void Shutdown(TimeSpan? duration = null, bool verifySystemShutdown = false) =>
        Shutdown(Sys, duration, verifySystemShutdown);

    protected virtual void Shutdown(ActorSystem system, TimeSpan? duration = null, bool verifySystemShutdown = false)
    {
        var patience = duration ?? Dilated(TestKitSettings.DefaultTimeout);
        if (((IAsyncResult)system.Terminate()).AsyncWaitHandle.WaitOne(patience))
        {
            return;
        }

        var what = $"The actor system {system.Name} did not end within {patience}.";
        if (verifySystemShutdown)
        {
            throw new TimeoutException(what);
        }

        system.Log.Warning(what);
    }

    private static ActorSystemSetup SetupOf(Config config) =>
        ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config ?? Config.Empty));

    /// <summary>The test actor runs in the thread that tells it, and the acknowledgement is there at once.</summary>
    private IActorRef Acknowledged(object request, IActorRef subject)
    {
        var answer = TestActor.Ask(request, RemainingOrDefault);
        if (!((IAsyncResult)answer).AsyncWaitHandle.WaitOne(RemainingOrDefault))
        {
            _assertions.Fail("the test actor did not acknowledge {0}", request);
        }

        return subject;
    }

    private void KeepSender()
    {
        var cell = this is INoImplicitSender ? null : ((LocalActorRef)TestActor).Cell;
        // A probe leaves things as they are: it is made inside of a test that has its own sender.
        if (this is not TestProbe)
        {
            InternalCurrentActorCellKeeper.Current = cell;
            SynchronizationContext.SetSynchronizationContext(new CellKeepingContext(cell));
        }
    }
}
