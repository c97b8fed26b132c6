using Akka.IO;
using Akka.Streams.IO;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Reads a stream as it is asked for; each element is a buffer of its own.</summary>
internal sealed class StreamSourceLogic : SourceLogic<ByteString>
{
    private readonly Func<Stream> _open;
    private readonly int _chunkSizeBytes;
    private readonly TaskCompletionSource<IOResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<(Task<int> Read, byte[] Buffer)> _onRead;
    private Stream? _stream;
    private Task _reading = Task.CompletedTask;
    private long _count;

    public StreamSourceLogic(SourceShape<ByteString> shape, Func<Stream> open, int chunkSizeBytes)
        : base(shape)
    {
        (_open, _chunkSizeBytes) = (open, chunkSizeBytes);
        _onRead = GetAsyncCallback<(Task<int>, byte[])>(OnRead);
    }

    public Task<IOResult> Result => _result.Task;

    public override void PreStart()
    {
        try
        {
            _stream = _open();
        }
        catch (Exception failure)
        {
            End(failure);
        }
    }

    public override void OnPull()
    {
        var buffer = new byte[_chunkSizeBytes];
        var read = _stream!.ReadAsync(buffer, 0, buffer.Length);
        _reading = read;
        if (read.IsCompleted)
        {
            OnRead((read, buffer));
        }
        else
        {
            read.GetAwaiter().UnsafeOnCompleted(() => _onRead((read, buffer)));
        }
    }

    public override void PostStop()
    {
        _result.TrySetResult(IsClosed(Out)
            ? IOResult.Success(_count)
            : IOResult.Failed(_count, new AbruptStageTerminationException(this)));
        _ = _reading.ContinueWith(_ => _stream?.Dispose(), TaskScheduler.Default);
    }

    private void OnRead((Task<int> Read, byte[] Buffer) ended)
    {
        if (TaskEnd.FailureOf(ended.Read) is { } failure)
        {
            End(failure);
            return;
        }

        var length = TaskEnd.ResultOf(ended.Read);
        if (length == 0)
        {
            CompleteStage();
            return;
        }

        _count += length;
        Push(Out, ByteString.FromBytes(ended.Buffer, 0, length));
    }

    private void End(Exception failure)
    {
        _result.TrySetResult(IOResult.Failed(_count, failure));
        FailStage(failure);
    }
}

/// <summary>Writes one element at a time; asks for the next when it is written. Flushed and closed at the end.</summary>
internal sealed class StreamSinkLogic : InGraphStageLogic
{
    private readonly Inlet<ByteString> _in;
    private readonly Func<Stream> _open;
    private readonly bool _autoFlush;
    private readonly TaskCompletionSource<IOResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<Task> _onWritten;
    private readonly Action<Task> _onClosed;
    private Stream? _stream;
    private Task _writing = Task.CompletedTask;
    private long _count;
    private Exception? _failure;
    private volatile bool _flushesNext;

    public StreamSinkLogic(SinkShape<ByteString> shape, Func<Stream> open, bool autoFlush)
        : base(shape)
    {
        (_in, _open, _autoFlush) = (shape.Inlet, open, autoFlush);
        _onWritten = GetAsyncCallback<Task>(OnWritten);
        _onClosed = GetAsyncCallback<Task>(OnClosed);
        SetHandler(_in, this);
    }

    public Task<IOResult> Result => _result.Task;

    public override void PreStart()
    {
        SetKeepGoing(true);
        try
        {
            _stream = _open();
            Pull(_in);
        }
        catch (Exception failure)
        {
            End(failure);
        }
    }

    public override void OnPush()
    {
        var element = Grab(_in);
        _writing = WriteAsync(element);
        Await(_writing, _onWritten, OnWritten);
    }

    public override void OnUpstreamFinish()
    {
        if (_writing.IsCompleted)
        {
            Close();
        }
    }

    public override void OnUpstreamFailure(Exception e)
    {
        _failure = e;
        OnUpstreamFinish();
    }

    public override void PostStop()
    {
        _result.TrySetResult(IOResult.Failed(_count, new AbruptStageTerminationException(this)));
        _ = _writing.ContinueWith(_ => _stream?.Dispose(), TaskScheduler.Default);
    }

    private static void Await(Task task, Action<Task> later, Action<Task> now)
    {
        if (task.IsCompleted)
        {
            now(task);
        }
        else
        {
            task.GetAwaiter().UnsafeOnCompleted(() => later(task));
        }
    }

    /// <summary>Any thread may call: the next write is followed by a flush.</summary>
    public void RequestFlush() => _flushesNext = true;

    private async Task WriteAsync(ByteString element)
    {
        await element.WriteToAsync(_stream!);
        if (_autoFlush || _flushesNext)
        {
            _flushesNext = false;
            await _stream!.FlushAsync();
        }

        _count += element.Count;
    }

    private void OnWritten(Task ended)
    {
        if (TaskEnd.FailureOf(ended) is { } failure)
        {
            _failure ??= failure;
            Cancel(_in, failure);
            Close();
        }
        else if (IsClosed(_in))
        {
            Close();
        }
        else
        {
            Pull(_in);
        }
    }

    private void Close() => Await(CloseAsync(), _onClosed, OnClosed);

    private async Task CloseAsync()
    {
        await _stream!.FlushAsync();
        await _stream.DisposeAsync();
    }

    private void OnClosed(Task ended) => End(_failure ?? TaskEnd.FailureOf(ended));

    private void End(Exception? failure)
    {
        _result.TrySetResult(failure == null ? IOResult.Success(_count) : IOResult.Failed(_count, failure));
        if (failure == null)
        {
            CompleteStage();
        }
        else
        {
            FailStage(failure);
        }
    }
}
