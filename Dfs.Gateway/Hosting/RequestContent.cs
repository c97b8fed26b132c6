using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dfs.Gateway.Hosting;

/// <summary>The content of a request, which nobody reads any more once the request is answered: what was read and not looked at goes back then.</summary>
/// <remarks>
/// The server reads what a client still sends after an early answer, because most clients look for an answer only when they have sent everything. It
/// cannot, and breaks the connection off, where a read is under way or was not ended: so an upload to full disks was told "broken pipe" and not why.
/// </remarks>
internal sealed class RequestContent(PipeReader inner) : PipeReader
{
    private readonly Lock _lock = new();
    private Task _reading = Task.CompletedTask;
    private SequencePosition? _shownTo;
    private bool _isOver;

    /// <summary>Ends a request's content with the request.</summary>
    public static async Task EndAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Features.Get<IRequestBodyPipeFeature>() is not { } server || http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false)
        {
            await next(http);
            return;
        }

        var feature = new Feature(server);
        http.Features.Set<IRequestBodyPipeFeature>(feature);
        try
        {
            await next(http);
        }
        finally
        {
            await feature.EndAsync();
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isOver, this);
            var reading = inner.ReadAsync(cancellationToken);
            if (reading.IsCompletedSuccessfully)
            {
                return new ValueTask<ReadResult>(Shown(reading.Result));
            }

            var shown = ShownAsync(reading);
            _reading = shown;
            return new ValueTask<ReadResult>(shown);
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isOver, this);
            if (!inner.TryRead(out result))
            {
                return false;
            }

            Shown(result);
            return true;
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        lock (_lock)
        {
            // Who comes too late has nothing to give back.
            if (!_isOver)
            {
                _shownTo = null;
                inner.AdvanceTo(consumed, examined);
            }
        }
    }

    public override void CancelPendingRead()
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                inner.CancelPendingRead();
            }
        }
    }

    // The server ends it, with the request.
    public override void Complete(Exception? exception = null)
    {
    }

    private async Task EndAsync()
    {
        Task reading;
        lock (_lock)
        {
            _isOver = true;
            reading = _reading;
            if (!reading.IsCompleted)
            {
                inner.CancelPendingRead();
            }
        }

        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_shownTo is { } end)
        {
            inner.AdvanceTo(end);
        }
    }

    private async Task<ReadResult> ShownAsync(ValueTask<ReadResult> reading)
    {
        var result = await reading.ConfigureAwait(false);
        lock (_lock)
        {
            return Shown(result);
        }
    }

    private ReadResult Shown(ReadResult result)
    {
        _shownTo = result.Buffer.End;
        return result;
    }

    private sealed class Feature(IRequestBodyPipeFeature server) : IRequestBodyPipeFeature
    {
        private RequestContent? _content;

        public PipeReader Reader => _content ??= new RequestContent(server.Reader);

        public Task EndAsync() => _content?.EndAsync() ?? Task.CompletedTask;
    }
}
