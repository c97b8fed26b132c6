using Akka.Streams;
using Akka.Streams.Stage;
using Dfs.Core.Chunking;
using Dfs.Core.Crypto;

namespace Dfs.Actors.Transfer;

/// <summary>Seals chunks with AES-256-CTR, in place: out comes the ciphertext with its name and key.</summary>
/// <remarks>
/// One in, one out; buffers nothing, completes and fails with its upstream. The work is all processor
/// (<see cref="ChunkSeal"/>), so an asynchronous boundary before it gives it a core of its own.
/// </remarks>
/// <param name="secret">Of the bucket, and the caller's to keep alive; null when equal chunks are not to be the same.</param>
/// <param name="fresh">Drawn once for each chunk when there is no secret.</param>
/// <param name="isCompressing">Chunks that become shorter by it are compressed first; the key comes from what is encrypted then.</param>
public sealed class SealStage(DedupSecret? secret, FreshSource fresh, bool isCompressing = false) : GraphStage<FlowShape<PlainChunk, SealedContent>>
{
    private readonly Inlet<PlainChunk> _in = new("Seal.in");
    private readonly Outlet<SealedContent> _out = new("Seal.out");

    public override FlowShape<PlainChunk, SealedContent> Shape => new(_in, _out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, secret, fresh, isCompressing);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly SealStage _stage;
        private readonly DedupSecret? _secret;
        private readonly FreshSource _fresh;
        private readonly bool _isCompressing;

        public Logic(SealStage stage, DedupSecret? secret, FreshSource fresh, bool isCompressing)
            : base(stage.Shape)
        {
            (_stage, _secret, _fresh, _isCompressing) = (stage, secret, fresh, isCompressing);
            SetHandlers(stage._in, stage._out, this);
        }

        public override void OnPull() => Pull(_stage._in);

        public override void OnPush()
        {
            var chunk = Grab(_stage._in);
            var plain = chunk.Memory.Memory.Span;
            var content = _isCompressing ? plain[..ChunkCompression.Shrink(plain)] : plain;
            var seal = _secret is null ? ChunkSeal.Seal(content, _fresh()) : ChunkSeal.Seal(content, _secret);
            Push(_stage._out, new SealedContent(chunk.Memory, seal, content.Length, plain.Length));
        }
    }
}
