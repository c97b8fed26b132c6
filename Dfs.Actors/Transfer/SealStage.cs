using Akka.Streams;
using Akka.Streams.Stage;
using Dfs.Core.Crypto;

namespace Dfs.Actors.Transfer;

/// <summary>Seals chunks with AES-256-CTR, in place: out comes the ciphertext with its name and key.</summary>
/// <remarks>
/// One in, one out; buffers nothing, completes and fails with its upstream. The work is all processor
/// (<see cref="ChunkSeal"/>), so an asynchronous boundary before it gives it a core of its own.
/// </remarks>
/// <param name="secret">Of the bucket; the caller's to keep alive.</param>
public sealed class SealStage(DedupSecret secret) : GraphStage<FlowShape<PlainChunk, SealedContent>>
{
    private readonly Inlet<PlainChunk> _in = new("Seal.in");
    private readonly Outlet<SealedContent> _out = new("Seal.out");

    public override FlowShape<PlainChunk, SealedContent> Shape => new(_in, _out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, secret);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly SealStage _stage;
        private readonly DedupSecret _secret;

        public Logic(SealStage stage, DedupSecret secret)
            : base(stage.Shape)
        {
            (_stage, _secret) = (stage, secret);
            SetHandlers(stage._in, stage._out, this);
        }

        public override void OnPull() => Pull(_stage._in);

        public override void OnPush()
        {
            var chunk = Grab(_stage._in);
            Push(_stage._out, new SealedContent(chunk.Memory, ChunkSeal.Seal(chunk.Memory.Memory.Span, _secret)));
        }
    }
}
