using System.Security.Cryptography;
using Dfs.Node.Cli;

namespace Dfs.Tests.Processes;

/// <summary>Content that no chunk of another content is in, made while it is read; its first bytes depend on the seed alone.</summary>
/// <param name="reached">Called with the number of bytes read so far.</param>
internal sealed class Content(int seed, long sizeBytes, Action<long>? reached = null) : Stream
{
    private const int BlockBytes = 64 * 1024;

    private static readonly byte[] Zeros = new byte[BlockBytes];

    private readonly Aes _cipher = CreateCipher(seed);
    private readonly byte[] _block = new byte[BlockBytes];
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => sizeBytes;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public static byte[] Bytes(int seed, int sizeBytes)
    {
        using var content = new Content(seed, sizeBytes);
        var bytes = new byte[sizeBytes];
        content.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>SHA-256 of the whole.</summary>
    public static byte[] HashOf(int seed, long sizeBytes)
    {
        using var content = new Content(seed, sizeBytes);
        return SHA256.HashData(content);
    }

    /// <summary>Fetches a file from a node and hashes what comes.</summary>
    public static async Task<byte[]> FetchHashAsync(NodeProcess node, string key)
    {
        using var client = node.Connect();
        using var answer = await client.GetAsync("files", key, CancellationToken.None);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        return await SHA256.HashDataAsync(stream);
    }

    public static async Task<byte[]> FetchAsync(NodeProcess node, string key)
    {
        using var client = node.Connect();
        using var answer = await client.GetAsync("files", key, CancellationToken.None);
        return await answer.Content.ReadAsByteArrayAsync();
    }

    /// <summary>Stores it on a node; a refusal is thrown.</summary>
    public static async Task PutAsync(NodeProcess node, string key, Stream content, long? sizeBytes)
    {
        using var client = node.Connect();
        await client.PutAsync("files", key, new ProgressContent(content, sizeBytes, static _ => { }), CancellationToken.None);
    }

    public static Task PutAsync(NodeProcess node, string key, byte[] content) =>
        PutAsync(node, key, new MemoryStream(content), content.Length);

    public override int Read(Span<byte> buffer)
    {
        var at = (int)(_position % BlockBytes);
        if (at == 0)
        {
            Span<byte> start = stackalloc byte[16];
            BitConverter.TryWriteBytes(start, _position / BlockBytes);
            _cipher.EncryptCbc(Zeros, start, _block, PaddingMode.None);
        }

        var count = (int)Math.Min(Math.Min(buffer.Length, BlockBytes - at), sizeBytes - _position);
        _block.AsSpan(at, count).CopyTo(buffer);
        _position += count;
        reached?.Invoke(_position);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _cipher.Dispose();
        base.Dispose(disposing);
    }

    private static Aes CreateCipher(int seed)
    {
        var cipher = Aes.Create();
        var key = new byte[32];
        BitConverter.TryWriteBytes(key, seed);
        cipher.Key = key;
        return cipher;
    }
}
