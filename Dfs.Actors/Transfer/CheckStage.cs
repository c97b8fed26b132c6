using Akka.Streams;
using Akka.Streams.Stage;
using Dfs.Client;

namespace Dfs.Actors.Transfer;

/// <summary>Shows chunks to a check before they are sealed, and fails at the end of what it refuses.</summary>
/// <remarks>One in, one out, unchanged. The work is the check's, so an asynchronous boundary on either side gives it a core of its own.</remarks>
internal sealed class CheckStage(IContentCheck check) : GraphStage<FlowShape<PlainChunk, PlainChunk>>
{
    private readonly Inlet<PlainChunk> _in = new("Check.in");
    private readonly Outlet<PlainChunk> _out = new("Check.out");

    public override FlowShape<PlainChunk, PlainChunk> Shape => new(_in, _out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, check);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly CheckStage _stage;
        private readonly IContentCheck _check;

        public Logic(CheckStage stage, IContentCheck check)
            : base(stage.Shape)
        {
            (_stage, _check) = (stage, check);
            SetHandlers(stage._in, stage._out, this);
        }

        public override void OnPull() => Pull(_stage._in);

        public override void OnPush()
        {
            var chunk = Grab(_stage._in);
            _check.Append(chunk.Memory.Memory.Span);
            Push(_stage._out, chunk);
        }

        public override void OnUpstreamFinish()
        {
            try
            {
                _check.End();
                CompleteStage();
            }
            catch (IOException refused)
            {
                FailStage(new SourceFailedException(refused.Message));
            }
        }
    }
}
