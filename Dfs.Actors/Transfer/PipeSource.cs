using System.Buffers;
using System.IO.Pipelines;
using Akka.Streams;
using Akka.Streams.Stage;

namespace Dfs.Actors.Transfer;

/// <summary>Emits what arrives in a pipe, piece by piece, without copying.</summary>
/// <remarks>
/// Reads only on demand, so back-pressure reaches the client's socket. An element is good until the next pull: the
/// consumer copies what it keeps. Completes at the pipe's end; fails when the source fails or breaks off before
/// the promised size (<see cref="SourceFailedException"/>). Completes the pipe in the end, whatever happens.
/// </remarks>
/// <param name="sizeBytes">What the client said that it would send; null when it did not.</param>
public sealed class PipeSource(PipeReader reader, long? sizeBytes) : GraphStage<SourceShape<ReadOnlySequence<byte>>>
{
    private readonly Outlet<ReadOnlySequence<byte>> _out = new("Pipe.out");

    public override SourceShape<ReadOnlySequence<byte>> Shape => new(_out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, reader, sizeBytes);

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly PipeSource _stage;
        private readonly PipeReader _reader;
        private readonly long? _sizeBytes;
        private readonly Action<ReadResult> _onRead;
        private readonly Action<Exception> _onFailed;
        private ReadOnlySequence<byte>? _handedOut;
        private long _readBytes;

        public Logic(PipeSource stage, PipeReader reader, long? sizeBytes)
            : base(stage.Shape)
        {
            (_stage, _reader, _sizeBytes) = (stage, reader, sizeBytes);
            _onRead = GetAsyncCallback<ReadResult>(OnRead);
            _onFailed = GetAsyncCallback<Exception>(OnFailed);
            SetHandler(stage._out, this);
        }

        public override void OnPull()
        {
            Release();
            var pending = ReadAsync();
            if (pending.IsCompletedSuccessfully)
            {
                OnRead(pending.Result);
            }
            else
            {
                _ = AwaitAsync(pending);
            }
        }

        public override void PostStop()
        {
            Release();
            _reader.CancelPendingRead();
            _reader.Complete();
        }

        // A pipe whose writer has failed already throws at the call, not in what it returns.
        private ValueTask<ReadResult> ReadAsync()
        {
            try
            {
                return _reader.ReadAsync();
            }
            catch (Exception error)
            {
                return ValueTask.FromException<ReadResult>(error);
            }
        }

        private async Task AwaitAsync(ValueTask<ReadResult> pending)
        {
            try
            {
                _onRead(await pending.ConfigureAwait(false));
            }
            catch (Exception error)
            {
                _onFailed(error);
            }
        }

        private void OnRead(ReadResult result)
        {
            _handedOut = result.Buffer;
            if (!result.Buffer.IsEmpty)
            {
                _readBytes += result.Buffer.Length;
                Push(_stage._out, result.Buffer);
            }
            else if (result.IsCompleted || result.IsCanceled)
            {
                End();
            }
            else
            {
                OnPull();
            }
        }

        private void End()
        {
            try
            {
                SourceFailedException.ThrowUnlessWhole(_readBytes, _sizeBytes);
                CompleteStage();
            }
            catch (SourceFailedException broken)
            {
                FailStage(broken);
            }
        }

        private void OnFailed(Exception error) => FailStage(new SourceFailedException(error.Message));

        private void Release()
        {
            if (_handedOut is { } buffer)
            {
                _handedOut = null;
                _reader.AdvanceTo(buffer.End);
            }
        }
    }
}
