using System.IO.Pipelines;
using System.Net.Sockets;

namespace Akka.Remote.Transport;

/// <summary>One connection with a peer, after its handshake; both sides may write.</summary>
/// <remarks>
/// Two loops: one reads until the end and hands frames to the association, one writes while there is something and
/// then rests. Acks and heartbeats go before everything, and messages are asked of the association in small
/// chunks, so that what is urgent never waits behind more than one write.
/// </remarks>
internal sealed class Link : IThreadPoolWorkItem
{
    /// <summary>Few enough that urgent messages overtake soon, enough to make the association's lock cheap.</summary>
    private const int ChunkMessages = 32;

    private readonly Association _association;
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly PipeReader _reader;
    private readonly FailureDetector _failureDetector;
    private readonly int _maximumFrameBytes;
    private readonly FrameBuffer _buffer = new();
    private readonly OutboundMessage[] _chunk = new OutboundMessage[ChunkMessages];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isWriting;
    private int _isClosed;
    private int _heartbeatDue;
    private ulong _ackDue;
    private ulong _ackSent;
    private GoodbyeReason? _goodbye;
    private bool _saidGoodbye;

    public Link(
        Association association,
        Channel channel,
        bool isInbound,
        int uid,
        FailureDetector failureDetector,
        int maximumFrameBytes)
    {
        _association = association;
        (_socket, _stream, _reader) = (channel.Socket, channel.Stream, channel.Reader);
        (IsInbound, Uid, _failureDetector, _maximumFrameBytes) = (isInbound, uid, failureDetector, maximumFrameBytes);
    }

    public bool IsInbound { get; }

    /// <summary>The peer's incarnation.</summary>
    public int Uid { get; }

    /// <summary>The stream that the peer writes here, 0 before it has begun.</summary>
    public ulong InboundStream { get; set; }

    public Task Completion => _closed.Task;

    public void Start()
    {
        _failureDetector.HeartBeat();
        _ = ReadAsync();
        Signal();
    }

    /// <summary>There is something to write. Never blocks.</summary>
    public void Signal()
    {
        if (Interlocked.Exchange(ref _isWriting, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Shows the peer that we live, and closes when it has been silent for too long.</summary>
    public void Heartbeat()
    {
        if (!_failureDetector.IsAvailable)
        {
            Close(new TimeoutException("no sign of life from the peer"), null);
            return;
        }

        Volatile.Write(ref _heartbeatDue, 1);
        Signal();
    }

    public void Acknowledge(ulong upTo)
    {
        Volatile.Write(ref _ackDue, upTo);
        Signal();
    }

    /// <summary>Ends the connection: at shutdown after what is queued has been sent, else without that.</summary>
    /// <param name="reason">Told to the peer.</param>
    /// <param name="limit">After this the connection is cut, for the peer may have stopped reading.</param>
    public void SayGoodbye(GoodbyeReason reason, TimeSpan limit)
    {
        _goodbye = reason;
        Signal();
        _ = CutAsync(limit);
    }

    public void Close(Exception? cause, GoodbyeReason? received)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            _stream.Dispose();
            _association.Closed(this, cause, received);
            _closed.SetResult();
        }
    }

    public void Execute() => _ = WriteAsync();

    private async Task CutAsync(TimeSpan limit)
    {
        await Task.WhenAny(_closed.Task, Task.Delay(limit));
        Close(null, null);
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                var read = await _reader.ReadAsync();
                var rest = read.Buffer;
                _failureDetector.HeartBeat();
                var goodbye = _association.Receive(this, ref rest, _maximumFrameBytes);
                _reader.AdvanceTo(rest.Start, rest.End);
                if (goodbye != null || read.IsCompleted)
                {
                    Close(null, goodbye);
                    return;
                }
            }
        }
        catch (Exception e)
        {
            Close(e, null);
        }
        finally
        {
            await _reader.CompleteAsync();
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            do
            {
                while (Fill())
                {
                    await _stream.WriteAsync(_buffer.Written);
                    _buffer.Clear();
                }

                if (_saidGoodbye)
                {
                    // Not closed here: with unread input that would reset the connection, and the reset overtakes
                    // the goodbye. The peer closes when it has read it.
                    _socket.Shutdown(SocketShutdown.Send);
                    return;
                }

                Interlocked.Exchange(ref _isWriting, 0);
            }
            while (HasWork() && Interlocked.Exchange(ref _isWriting, 1) == 0);
        }
        catch (Exception e)
        {
            Close(e, null);
        }
    }

    // A closed link has none, whatever was asked of it since: Fill writes nothing more, and asking again would spin.
    private bool HasWork() => Volatile.Read(ref _isClosed) == 0
        && (_goodbye != null || Volatile.Read(ref _heartbeatDue) != 0
            || Volatile.Read(ref _ackDue) != _ackSent || _association.HasWork(this));

    /// <returns>Whether there is something in the buffer to be written.</returns>
    private bool Fill()
    {
        if (Volatile.Read(ref _isClosed) != 0)
        {
            return false;
        }

        AppendControl();
        _association.BeginStream(this, _buffer);
        var isTelling = _goodbye is null or GoodbyeReason.Shutdown;
        while (isTelling && !_buffer.IsFull && _association.Take(this, _chunk) is var count && count > 0)
        {
            for (var index = 0; index < count; index++)
            {
                _association.Append(_chunk[index], _buffer);
                _chunk[index] = default;
            }
        }

        if (_buffer.IsEmpty && _goodbye is { } reason && !_saidGoodbye)
        {
            _saidGoodbye = true;
            _buffer.Append(FrameKind.Goodbye, 1)[0] = (byte)reason;
        }

        return !_buffer.IsEmpty;
    }

    private void AppendControl()
    {
        if (Volatile.Read(ref _ackDue) is var due && due != _ackSent)
        {
            _buffer.AppendNumber(FrameKind.Ack, due);
            _ackSent = due;
        }

        if (Interlocked.Exchange(ref _heartbeatDue, 0) != 0)
        {
            _buffer.Append(FrameKind.Heartbeat, 0);
        }
    }
}
