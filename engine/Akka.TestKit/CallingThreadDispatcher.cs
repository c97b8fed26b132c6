using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.TestKit;

public class CallingThreadDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : MessageDispatcherConfigurator(config, prerequisites)
{
    public override MessageDispatcher Dispatcher() => new CallingThreadDispatcher(this);
}

/// <summary>An actor on it runs in the thread that tells it something.</summary>
public class CallingThreadDispatcher : MessageDispatcher
{
    public CallingThreadDispatcher(MessageDispatcherConfigurator configurator) : base(configurator) =>
        Throughput = int.MaxValue;

    protected override void ExecuteTask(IRunnable run) => run.Run();

    protected override void Shutdown()
    {
    }
}
