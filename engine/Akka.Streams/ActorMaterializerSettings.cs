using Akka.Actor;
using Decider = Akka.Streams.Supervision.Decider;
using Deciders = Akka.Streams.Supervision.Deciders;

namespace Akka.Streams;

public sealed class ActorMaterializerSettings
{
    public readonly int InitialInputBufferSize;
    public readonly int MaxInputBufferSize;
    public readonly string Dispatcher;
    public readonly Decider SupervisionDecider;
    public readonly int SyncProcessingLimit;

    private ActorMaterializerSettings(int initial, int max, string dispatcher, Decider decider, int syncLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(initial, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, initial);
        InitialInputBufferSize = initial;
        MaxInputBufferSize = max;
        Dispatcher = dispatcher;
        SupervisionDecider = decider;
        SyncProcessingLimit = syncLimit;
    }

    public static ActorMaterializerSettings Create(ActorSystem system)
    {
        var config = system.Settings.Config.WithFallback(ActorMaterializer.DefaultConfig())
            .GetConfig("akka.stream.materializer");
        return new ActorMaterializerSettings(
            config.GetInt("initial-input-buffer-size", 4),
            config.GetInt("max-input-buffer-size", 16),
            config.GetString("dispatcher", string.Empty),
            Deciders.StoppingDecider,
            config.GetInt("sync-processing-limit", 1000));
    }
}
