using Akka.Actor;
using Akka.Streams;
using Dfs.Client;
using static Dfs.Actors.Transfer.TransferProtocol;

namespace Dfs.Actors.Transfer;

/// <summary>Starts one <see cref="FileStream"/> per transfer, up to a limit.</summary>
/// <remarks>
/// One per node, at <see cref="Name"/>. A transfer that fails is stopped, never restarted: half of its source is read.
/// Who asks beyond the limit is told so at once.
/// </remarks>
public sealed class TransferSupervisor : UntypedActor
{
    /// <summary>At /user/transfers.</summary>
    public const string Name = "transfers";

    private readonly TransferOptions _options;

    // Read from the configuration once, not for every transfer.
    private readonly ActorMaterializerSettings _streams = ActorMaterializerSettings.Create(Context.System);
    private int _running;

    public TransferSupervisor(TransferOptions options) => _options = options;

    public static Props Props(TransferOptions options) => Akka.Actor.Props.Create(() => new TransferSupervisor(options));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case TransferRequest request when _running >= _options.TransfersMax:
                request.Refuse(DfsOutcome.Busy, $"This node has {_running} transfers, its limit; try again.");
                break;
            case TransferRequest request:
                Context.Watch(Context.ActorOf(FileStream.Props(_options, _streams))).Tell(request);
                _running++;
                break;
            case Terminated: _running--; break;
            case GetTransferCount: Sender.Tell(new TransferCount(_running, _options.TransfersMax)); break;
            default: Unhandled(message); break;
        }
    }
}
