using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Streams.Implementation;

namespace Akka.Streams;

/// <summary>Turns a blueprint into a running stream.</summary>
public interface IMaterializer
{
    TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable);

    /// <summary>The action runs on a thread of the scheduler: it only hands over.</summary>
    ICancelable ScheduleOnce(TimeSpan delay, Action action);

    ICancelable ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action);
}

/// <summary>Runs streams in actors below the context that it was made with, and ends with that context.</summary>
public abstract class ActorMaterializer : IMaterializer, IDisposable
{
    public abstract ActorMaterializerSettings Settings { get; }

    public abstract ILoggingAdapter Logger { get; }

    public static Config DefaultConfig()
    {
        using var stream = typeof(ActorMaterializer).Assembly.GetManifestResourceStream("Akka.Streams.streams.conf")!;
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }

    /// <param name="context">The system, or an actor's context: then the streams stop with the actor.</param>
    public static ActorMaterializer Create(
        IActorRefFactory context, ActorMaterializerSettings? settings = null, string? namePrefix = null)
    {
        var system = context switch
        {
            ActorSystem actorSystem => actorSystem,
            IActorContext actorContext => actorContext.System,
            null => throw new ArgumentNullException(nameof(context)),
            _ => throw new ArgumentException($"Neither an ActorSystem nor an actor's context: {context.GetType()}", nameof(context)),
        };
        return settings == null && context == system
            ? (ActorMaterializer)SystemMaterializers.Of(system).WithNamePrefix(namePrefix ?? "Flow")
            : new ActorMaterializerImpl(system, context, settings ?? ActorMaterializerSettings.Create(system), namePrefix ?? "Flow");
    }

    public abstract TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable);

    public abstract TMat Materialize<TMat>(IGraph<ClosedShape, TMat> runnable, Attributes initialAttributes);

    public abstract IMaterializer WithNamePrefix(string namePrefix);

    public abstract ICancelable ScheduleOnce(TimeSpan delay, Action action);

    public abstract ICancelable ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action);

    /// <summary>Ends all streams of this materializer; it takes no more.</summary>
    public abstract void Shutdown();

    public void Dispose()
    {
        Shutdown();
        GC.SuppressFinalize(this);
    }

    /// <summary>One materializer per system, made when it is first asked for.</summary>
    private static class SystemMaterializers
    {
        private static readonly ConditionalWeakTable<ActorSystem, ActorMaterializer> All = [];

        public static ActorMaterializer Of(ActorSystem system)
        {
            lock (All)
            {
                return All.GetValue(
                    system, key => new ActorMaterializerImpl(key, key, ActorMaterializerSettings.Create(key), "Flow"));
            }
        }
    }
}

public static class ActorMaterializerExtensions
{
    public static ActorMaterializer Materializer(
        this IActorRefFactory context, ActorMaterializerSettings? settings = null, string? namePrefix = null) =>
        ActorMaterializer.Create(context, settings, namePrefix);
}
