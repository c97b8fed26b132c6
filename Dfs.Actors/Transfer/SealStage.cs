using System.Diagnostics;
using Akka.Streams;
using Akka.Streams.Stage;
using Dfs.Actors.Tracing;
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
/// <param name="resume">Instead of fresh bytes, for an upload that can be begun again; the caller's to keep alive.</param>
/// <param name="trace">Of the transfer; default when nobody traces.</param>
public sealed class SealStage(
    DedupSecret? secret, FreshSource fresh, bool isCompressing = false, ResumeSecret? resume = null, ActivityContext trace = default)
    : GraphStage<FlowShape<PlainChunk, SealedContent>>
{
    private readonly Inlet<PlainChunk> _in = new("Seal.in");
    private readonly Outlet<SealedContent> _out = new("Seal.out");

    public override FlowShape<PlainChunk, SealedContent> Shape => new(_in, _out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, secret, fresh, isCompressing, resume, new ChunkSpans(trace));

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly SealStage _stage;
        private readonly DedupSecret? _secret;
        private readonly FreshSource _fresh;
        private readonly bool _isCompressing;
        private readonly ResumeSecret? _resume;
        private readonly ChunkSpans _spans;
        private long _place;

        public Logic(SealStage stage, DedupSecret? secret, FreshSource fresh, bool isCompressing, ResumeSecret? resume, ChunkSpans spans)
            : base(stage.Shape)
        {
            (_stage, _secret, _fresh, _isCompressing, _resume, _spans) = (stage, secret, fresh, isCompressing, resume, spans);
            SetHandlers(stage._in, stage._out, this);
        }

        public override void OnPull() => Pull(_stage._in);

        public override void OnPush()
        {
            var chunk = Grab(_stage._in);
            var plain = chunk.Memory.Memory.Span;
            using var span = Spans.Begin("seal", _spans.Next());
            var content = _isCompressing ? plain[..ChunkCompression.Shrink(plain)] : plain;
            var seal = _secret is not null ? ChunkSeal.Seal(content, _secret)
                : _resume is not null ? ChunkSeal.Seal(content, _resume, _place)
                : ChunkSeal.Seal(content, _fresh());
            _place += plain.Length;
            Push(_stage._out, new SealedContent(chunk.Memory, seal, content.Length, plain.Length));
        }
    }
}
