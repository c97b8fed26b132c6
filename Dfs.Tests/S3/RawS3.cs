using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Dfs.Gateway.S3.Keys;

namespace Dfs.Tests.S3;

/// <summary>One connection of a client that sends what it is told, right or wrong. It signs by itself, so that nothing is compared with itself.</summary>
internal sealed class RawS3 : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];

    private RawS3()
    {
    }

    public static async Task<RawS3> ConnectAsync(string url)
    {
        var (raw, address) = (new RawS3(), new Uri(url));
        await raw._socket.ConnectAsync(address.Host, address.Port);
        return raw;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes)..];
        }
    }

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Goes away as a process that is killed does, with what it has not read.</summary>
    public void BreakOff()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    /// <summary>Takes so many bytes, or what there is until the other side ends.</summary>
    public async Task<byte[]> TakeAsync(int countBytes)
    {
        using var taken = new MemoryStream();
        while (taken.Length < countBytes && await ReceiveAsync(countBytes - (int)taken.Length) is > 0 and var count)
        {
            await taken.WriteAsync(_buffer.AsMemory(0, count));
        }

        return taken.ToArray();
    }

    /// <summary>The next answer: its status, 0 when the connection ends without one, and the code in its document, empty when there is none.</summary>
    public async Task<(int Status, string Code)> AnswerAsync()
    {
        var head = "";
        do
        {
            head = "";
            while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                if (await TakeAsync(1) is not [var next])
                {
                    return (0, "");
                }

                head += (char)next;
            }
        }
        while (head.StartsWith("HTTP/1.1 100 ", StringComparison.Ordinal));

        var length = Regex.Match(head, "(?i)content-length: ([0-9]+)") is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        var document = Encoding.UTF8.GetString(await TakeAsync(length));
        return (int.Parse(head.Split(' ')[1], CultureInfo.InvariantCulture), Regex.Match(document, "<Code>(.*?)</Code>").Groups[1].Value);
    }

    public void Dispose() => _socket.Dispose();

    private async Task<int> ReceiveAsync(int countBytes)
    {
        try
        {
            return await _socket.ReceiveAsync(_buffer.AsMemory(0, Math.Min(countBytes, _buffer.Length)));
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}

/// <summary>A request as its client wants it, signed by version 4 unless a header says something else.</summary>
/// <param name="Target">With its query in the order of names, each with "=".</param>
internal sealed record RawRequest(string Method, string Target, byte[] Content)
{
    /// <summary>Null: the SHA-256 of the content.</summary>
    public string? PayloadHash { get; init; }

    /// <summary>Null for none.</summary>
    public long? ContentLength { get; init; } = Content.Length;

    /// <summary>Those that begin with x-amz- are signed.</summary>
    public (string Name, string Value)[] Headers { get; init; } = [];

    /// <summary>Without a signature.</summary>
    public (string Name, string Value)[] Unsigned { get; init; } = [];

    /// <summary>By how much the client's clock is ahead.</summary>
    public TimeSpan Ahead { get; init; }

    /// <summary>Null: signed in the header.</summary>
    public TimeSpan? PresignedFor { get; init; }

    public string Head(string url, AccessKeyPair key)
    {
        var host = new Uri(url).Authority;
        var time = (TimeProvider.System.GetUtcNow() + Ahead).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{time[..8]}/us-east-1/s3/aws4_request";
        var hash = PresignedFor is not null ? "UNSIGNED-PAYLOAD" : PayloadHash ?? Convert.ToHexStringLower(SHA256.HashData(Content));
        var own = PresignedFor is not null ? [] : new[] { ("x-amz-content-sha256", hash), ("x-amz-date", time) };
        var signed = Headers.Where(header => header.Name.StartsWith("x-amz-", StringComparison.Ordinal)).Concat(own).Append(("host", host))
            .OrderBy(header => header.Item1, StringComparer.Ordinal).ToList();
        var names = string.Join(';', signed.Select(header => header.Item1));
        var target = PresignedFor is not { } validFor ? Target
            : $"{Target}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={Uri.EscapeDataString($"{key.AccessKey}/{scope}")}&X-Amz-Date={time}"
                + $"&X-Amz-Expires={validFor.TotalSeconds:0}&X-Amz-SignedHeaders={Uri.EscapeDataString(names)}";
        var (path, query) = target.Split('?') is [var left, var right] ? (left, right) : (target, "");
        var canonical = $"{Method}\n{path}\n{query}\n{string.Concat(signed.Select(header => $"{header.Item1}:{header.Item2}\n"))}\n{names}\n{hash}";
        var text = $"AWS4-HMAC-SHA256\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Convert.ToHexStringLower(Hmac(Hmac(Hmac(Hmac(Hmac(Encoding.UTF8.GetBytes("AWS4" + key.Secret.Reveal()), time[..8]), "us-east-1"), "s3"), "aws4_request"), text));
        target = PresignedFor is null ? target : $"{target}&X-Amz-Signature={signature}";
        (string Name, string Value)[] authorization = PresignedFor is not null || Unsigned.Any(header => header.Name == "authorization") ? []
            : [("authorization", $"AWS4-HMAC-SHA256 Credential={key.AccessKey}/{scope}, SignedHeaders={names}, Signature={signature}")];
        (string Name, string Value)[] length = ContentLength is { } bytes ? [("content-length", bytes.ToString(CultureInfo.InvariantCulture))] : [];
        var all = Headers.Concat(own).Append(("host", host)).Concat(authorization).Concat(length).Concat(Unsigned);
        return $"{Method} {target} HTTP/1.1\r\n{string.Concat(all.Select(header => $"{header.Item1}: {header.Item2}\r\n"))}\r\n";
    }

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
