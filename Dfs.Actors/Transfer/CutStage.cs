using System.Buffers;
using Akka.Streams;
using Akka.Streams.Stage;
using Dfs.Core.Chunking;
using Dfs.Storage.Disk;

namespace Dfs.Actors.Transfer;

/// <summary>Cuts arriving bytes into chunks where their content says so.</summary>
/// <remarks>
/// Buffers at most one chunk of the largest size, in a window that grows with what is there: most chunks need a
/// quarter of it, and hundreds of uploads may be open. Takes memory for a chunk when it is cut: when the transfer's
/// memory is used up it waits, and so does the client. At the end the rest is the last chunk; empty content has none.
/// Fails at once when the content fails and drops what is buffered.
/// </remarks>
/// <param name="rentAsync">Lends memory of so many bytes.</param>
public sealed class CutStage(Func<ContentCutter> makeCutter, Func<int, ValueTask<IMemoryOwner<byte>>> rentAsync)
    : GraphStage<FlowShape<ReadOnlySequence<byte>, PlainChunk>>
{
    private readonly Inlet<ReadOnlySequence<byte>> _in = new("Cut.in");
    private readonly Outlet<PlainChunk> _out = new("Cut.out");

    public override FlowShape<ReadOnlySequence<byte>, PlainChunk> Shape => new(_in, _out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, makeCutter(), rentAsync);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        // Looked at for a cut this often while it fills: what is left behind a cut is moved, so it should be little.
        private const int StepBytes = 128 * 1024;

        // 2 MiB: what nearly all chunks fit in. Small files need less; a larger window is given up after its chunk. No
        // sizes between: the pool would keep one of each for every upload.
        private const int WindowBytesUsual = 2 * 1024 * 1024;

        // At most 32 idle ones of a usual size and 8 larger ones, 96 MiB. The shared pool keeps one of each size for every thread besides,
        // 40 MiB on a busy machine with 64 uploads: docs/performance.md.
        private static readonly ArrayPool<byte> UsualWindows = ArrayPool<byte>.Create(WindowBytesUsual, 32);
        private static readonly ArrayPool<byte> LargeWindows = ArrayPool<byte>.Create(BufferPool.BlockSizeBytesMax, 8);

        private readonly CutStage _stage;
        private readonly ContentCutter _cutter;
        private readonly Func<int, ValueTask<IMemoryOwner<byte>>> _rentAsync;
        private readonly Action<IMemoryOwner<byte>> _onRented;
        private readonly Action<Exception> _onFailed;
        private byte[] _window;
        private ReadOnlySequence<byte> _arrived;
        private int _filledBytes, _cutBytes;
        private bool _isStopped;

        public Logic(CutStage stage, ContentCutter cutter, Func<int, ValueTask<IMemoryOwner<byte>>> rentAsync)
            : base(stage.Shape)
        {
            (_stage, _cutter, _rentAsync) = (stage, cutter, rentAsync);
            _window = RentWindow(Math.Min(StepBytes, cutter.Profile.SizeBytesMax));
            _onRented = GetAsyncCallback<IMemoryOwner<byte>>(OnRented);
            _onFailed = GetAsyncCallback<Exception>(FailStage);
            SetHandlers(stage._in, stage._out, this);
        }

        public override void OnPull() => Advance();

        public override void OnPush()
        {
            _arrived = Grab(_stage._in);
            Advance();
        }

        // Without this override the stage would complete and lose the rest.
        public override void OnUpstreamFinish()
        {
            if (IsAvailable(_stage._out) && _cutBytes == 0)
            {
                Advance();
            }
        }

        public override void PostStop()
        {
            _isStopped = true;
            _cutter.Dispose();
            ReturnWindow();
        }

        private static ArrayPool<byte> PoolOf(int windowBytes) => windowBytes <= WindowBytesUsual ? UsualWindows : LargeWindows;

        private static byte[] RentWindow(int windowBytes) => PoolOf(windowBytes).Rent(windowBytes);

        private void ReturnWindow() => PoolOf(_window.Length).Return(_window, clearArray: true);

        private void Advance()
        {
            var isLast = IsClosed(_stage._in);
            while (_cutBytes == 0 && Fill())
            {
                _cutBytes = _cutter.FindCut(_window.AsSpan(0, _filledBytes), isLast: false);
            }

            if (_cutBytes == 0 && isLast)
            {
                _cutBytes = _cutter.FindCut(_window.AsSpan(0, _filledBytes), isLast: true);
            }

            if (_cutBytes > 0)
            {
                Rent();
            }
            else if (isLast)
            {
                CompleteStage();
            }
            else if (!HasBeenPulled(_stage._in))
            {
                Pull(_stage._in);
            }
        }

        /// <summary>Moves some of what arrived into the window; false when there is nothing to move.</summary>
        private bool Fill()
        {
            var takenBytes = (int)Math.Min(Math.Min(_arrived.Length, StepBytes), _cutter.Profile.SizeBytesMax - _filledBytes);
            if (takenBytes == 0)
            {
                return false;
            }

            if (_filledBytes + takenBytes > _window.Length)
            {
                MoveTo(_window.Length < WindowBytesUsual ? Math.Min(_cutter.Profile.SizeBytesMax, WindowBytesUsual) : _cutter.Profile.SizeBytesMax, fromBytes: 0);
            }

            _arrived.Slice(0, takenBytes).CopyTo(_window.AsSpan(_filledBytes));
            _arrived = _arrived.Slice(takenBytes);
            _filledBytes += takenBytes;
            return true;
        }

        /// <summary>Keeps what is filled from an offset on, in a window of at least so many bytes.</summary>
        private void MoveTo(int windowBytes, int fromBytes)
        {
            var kept = _window.AsSpan(fromBytes, _filledBytes - fromBytes);
            if (windowBytes == _window.Length)
            {
                kept.CopyTo(_window);
            }
            else
            {
                var window = RentWindow(Math.Max(windowBytes, kept.Length));
                kept.CopyTo(window);
                ReturnWindow();
                _window = window;
            }

            _filledBytes -= fromBytes;
        }

        private void Rent()
        {
            var pending = _rentAsync(_cutBytes);
            if (pending.IsCompletedSuccessfully)
            {
                OnRented(pending.Result);
            }
            else
            {
                _ = AwaitAsync(pending);
            }
        }

        private async Task AwaitAsync(ValueTask<IMemoryOwner<byte>> pending)
        {
            try
            {
                var memory = await pending.ConfigureAwait(false);
                if (_isStopped)
                {
                    memory.Dispose();
                }

                _onRented(memory);
            }
            catch (Exception error)
            {
                _onFailed(error);
            }
        }

        private void OnRented(IMemoryOwner<byte> memory)
        {
            _window.AsSpan(0, _cutBytes).CopyTo(memory.Memory.Span);
            MoveTo(Math.Min(WindowBytesUsual, _window.Length), _cutBytes);
            _cutBytes = 0;
            Push(_stage._out, new PlainChunk(memory));
            if (IsClosed(_stage._in) && _arrived.IsEmpty && _filledBytes == 0)
            {
                CompleteStage();
            }
        }
    }
}
