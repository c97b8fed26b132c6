using Akka.Streams;
using Akka.Streams.Stage;
using Dfs.Core.Crypto;

namespace Dfs.Actors.Transfer;

/// <summary>Opens verified chunks with AES-256-CTR, in place, from any byte of the chunk on.</summary>
/// <remarks>
/// One in, one out; buffers nothing, completes and fails with its upstream. What comes in has been checked against
/// its name, so that no unverified byte is ever opened; the key is destroyed after use.
/// </remarks>
public sealed class OpenStage : GraphStage<FlowShape<FetchedChunk, FetchedChunk>>
{
    private readonly Inlet<FetchedChunk> _in = new("Open.in");
    private readonly Outlet<FetchedChunk> _out = new("Open.out");

    public override FlowShape<FetchedChunk, FetchedChunk> Shape => new(_in, _out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly OpenStage _stage;

        public Logic(OpenStage stage)
            : base(stage.Shape)
        {
            _stage = stage;
            SetHandlers(stage._in, stage._out, this);
        }

        public override void OnPull() => Pull(_stage._in);

        public override void OnPush()
        {
            var chunk = Grab(_stage._in);
            ChunkSeal.OpenChecked(chunk.Memory.Memory.Span.Slice(chunk.SkipBytes, chunk.TakeBytes), chunk.Key, chunk.ChunkOffset + chunk.SkipBytes);
            chunk.Key.Dispose();
            Push(_stage._out, chunk);
        }
    }
}
