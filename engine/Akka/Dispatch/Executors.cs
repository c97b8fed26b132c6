using System.Collections.Concurrent;

namespace Akka.Dispatch;

/// <summary>Runs mailboxes.</summary>
internal abstract class ExecutorService
{
    public abstract void Execute(IRunnable run);

    public abstract void Shutdown();
}

/// <summary>The runtime's shared pool: grows by itself, and is never ended by us.</summary>
internal sealed class ThreadPoolExecutor : ExecutorService
{
    public override void Execute(IRunnable run) => ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: true);

    public override void Shutdown()
    {
        // Not ours to end.
    }
}

/// <summary>A fixed number of threads that nobody else uses, so that blocking in them starves nobody.</summary>
/// <remarks>Work that arrives after the end runs on the shared pool: actors that stop late still get to their PostStop.</remarks>
internal sealed class DedicatedThreadsExecutor : ExecutorService
{
    private readonly BlockingCollection<IRunnable> _work = [];

    public DedicatedThreadsExecutor(string id, int threadCount)
    {
        for (var i = 0; i < threadCount; i++)
        {
            new Thread(Loop) { IsBackground = true, Name = $"{id}_{i}" }.Start();
        }
    }

    public override void Execute(IRunnable run)
    {
        if (!_work.IsAddingCompleted)
        {
            try
            {
                _work.Add(run);
                return;
            }
            catch (InvalidOperationException)
            {
                // Ended in between.
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
    }

    public override void Shutdown() => _work.CompleteAdding();

    private void Loop()
    {
        foreach (var run in _work.GetConsumingEnumerable())
        {
            run.Run();
        }
    }
}
