using System.IO.Pipelines;
using System.Net;
using Dfs.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Dfs.Tests.Gateway;

/// <summary>A real server and a client that looks for an answer only when it has sent everything: it hears what an early answer says, however the content was left.</summary>
public sealed class RequestContentTests : IAsyncLifetime
{
    /// <summary>32 MiB, far more than sockets hold.</summary>
    private const int SizeBytes = 32 * 1024 * 1024;

    private static readonly HttpClient Client = new();

    private readonly WebApplication _server = Build();
    private readonly TaskCompletionSource _ended = new();
    private Func<PipeReader, Task> _read = static _ => Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _server.Use(async (HttpContext http, RequestDelegate next) =>
        {
            await next(http);
            _ended.TrySetResult();
        });
        _server.Use(RequestContent.EndAsync);
        _server.Run(async http =>
        {
            await _read(http.Request.BodyReader);
            http.Response.StatusCode = StatusCodes.Status507InsufficientStorage;
        });
        await _server.StartAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task It_was_not_read()
    {
        await IsAnsweredAsync(new ByteArrayContent(new byte[SizeBytes]));
    }

    [Fact]
    public async Task A_part_was_read_and_not_given_back()
    {
        _read = async reader => await reader.ReadAsync();
        await IsAnsweredAsync(new ByteArrayContent(new byte[SizeBytes]));
    }

    [Fact]
    public async Task A_part_was_read_and_all_of_it_given_back()
    {
        _read = async reader => reader.AdvanceTo((await reader.ReadAsync()).Buffer.End);
        await IsAnsweredAsync(new ByteArrayContent(new byte[SizeBytes]));
    }

    [Fact]
    public async Task It_is_being_read()
    {
        Task<ReadResult>? left = null;
        _read = async reader =>
        {
            reader.AdvanceTo((await reader.ReadAsync()).Buffer.End);
            left = reader.ReadAsync().AsTask();
            Assert.False(left.IsCompleted);
        };

        await IsAnsweredAsync(new HeldContent(SizeBytes, 1000, _ended.Task));

        Assert.True((await left!).IsCanceled);
    }

    [Fact]
    public async Task Who_reads_on_afterwards_disturbs_nobody()
    {
        PipeReader? late = null;
        ReadResult shown = default;
        _read = async reader => shown = await (late = reader).ReadAsync();
        await IsAnsweredAsync(new ByteArrayContent(new byte[SizeBytes]));

        late!.AdvanceTo(shown.Buffer.End);
        late.CancelPendingRead();
        await late.CompleteAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await late.ReadAsync());
        await IsAnsweredAsync(new ByteArrayContent(new byte[SizeBytes]));
    }

    private static WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        return builder.Build();
    }

    private async Task IsAnsweredAsync(HttpContent content)
    {
        using var response = await Client.PutAsync(new Uri(_server.Urls.Single()), content);
        Assert.Equal(HttpStatusCode.InsufficientStorage, response.StatusCode);
    }

    /// <summary>Zeros, of which the rest comes when it may.</summary>
    private sealed class HeldContent(int sizeBytes, int firstBytes, Task rest) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[firstBytes]);
            await stream.FlushAsync();
            await rest;
            await stream.WriteAsync(new byte[sizeBytes - firstBytes]);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = sizeBytes;
            return true;
        }
    }
}
