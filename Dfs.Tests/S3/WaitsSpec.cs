using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Gateway.S3;
using Dfs.Gateway.S3.Operations;
using Dfs.Gateway.S3.Requests;
using Microsoft.AspNetCore.Http;
using Bucket = Dfs.Gateway.S3.Requests.S3Bucket;

namespace Dfs.Tests.S3;

/// <summary>What could keep a client waiting: others that take nothing, and a store that refuses in the middle.</summary>
public sealed class WaitsSpec(S3Cluster cluster) : IClassFixture<S3Cluster>
{
    /// <summary>As long as a machine may be busy; a wait without end is longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>More than a socket and the server hold for a client that takes nothing.</summary>
    private const int SizeBytes = 16 * 1024 * 1024;

    [Fact]
    public async Task Clients_that_take_nothing_hold_no_memory_that_others_wait_for_and_get_everything_in_the_end()
    {
        var bucket = await NewBucketAsync();
        var content = RandomNumberGenerator.GetBytes(SizeBytes);
        await cluster.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "k", InputStream = new MemoryStream(content) });
        var slow = new List<SlowReader>();
        try
        {
            // Eight of them, each twice what it can get rid of: more than all memory for reading together.
            for (var i = 0; i < 8; i++)
            {
                slow.Add(await SlowReader.BeginAsync(new Uri(await cluster.Client.GetPreSignedURLAsync(
                    new GetPreSignedUrlRequest { BucketName = bucket, Key = "k", Verb = HttpVerb.GET, Protocol = Protocol.HTTP, Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5) }))));
            }

            using var patience = new CancellationTokenSource(Patience);
            for (var i = 0; i < 2; i++)
            {
                using var got = await cluster.Client.GetObjectAsync(bucket, "k", patience.Token);
                using var bytes = new MemoryStream();
                await got.ResponseStream.CopyToAsync(bytes, patience.Token);
                Assert.True(content.SequenceEqual(bytes.ToArray()), "the same content");
            }

            foreach (var reader in slow)
            {
                var late = await reader.EndAsync(SizeBytes, patience.Token);
                Assert.True(content.SequenceEqual(late), "the same content for who was slow");
            }
        }
        finally
        {
            slow.ForEach(reader => reader.Dispose());
        }
    }

    [Fact]
    public async Task A_copy_that_the_store_refuses_in_the_middle_ends_with_the_reason()
    {
        var bucket = await NewBucketAsync();
        await cluster.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "source", InputStream = new MemoryStream(RandomNumberGenerator.GetBytes(3_000_000)) });
        var owners = cluster.Nodes[1].Owners;
        var store = owners.Choose(owners.List()[0].Id).Client!;
        await using var source = (await store.OpenAsync(S3Call.KeyOf(bucket, "source"), default)).File!;
        Assert.True(S3Target.TryParse("/b/k", "localhost", "", out var target));
        var call = new S3Call(new DefaultHttpContext(), target, null, null, new BucketCache(owners, TimeProvider.System), TimeProvider.System)
        {
            Bucket = new Bucket(bucket, owners.List()[0], store, BucketSettings.Default),
        };

        var copying = ContentCopies.SendAsync(
            call, source, new ObjectRange(0, source.SizeBytes, IsPart: false), S3Call.KeyOf("nobody-made-this-bucket", "copy"), null, _ => PutOptions.Default);

        var refused = await Assert.ThrowsAsync<S3Exception>(() => copying.WaitAsync(Patience));
        Assert.Equal(S3Error.NoSuchKey.Code, refused.Error.Code);
    }

    private async Task<string> NewBucketAsync()
    {
        var bucket = "b-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        await cluster.Client.PutBucketAsync(bucket);
        return bucket;
    }

    /// <summary>A client that has asked for an object and reads none of it until it is told to.</summary>
    private sealed class SlowReader(Socket socket) : IDisposable
    {
        /// <summary>4 KiB: what the system rounds up to as little as it can.</summary>
        private const int SocketBytes = 4096;

        public static async Task<SlowReader> BeginAsync(Uri address)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = SocketBytes };
            await socket.ConnectAsync(address.Host, address.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n\r\n"));
            return new SlowReader(socket);
        }

        /// <returns>The body.</returns>
        public async Task<byte[]> EndAsync(int sizeBytes, CancellationToken cancellationToken)
        {
            socket.ReceiveBufferSize = 1 << 20;
            using var stream = new NetworkStream(socket);
            using var answer = new MemoryStream();
            await stream.CopyToAsync(answer, cancellationToken);
            var bytes = answer.ToArray();
            Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(bytes, 0, 12), StringComparison.Ordinal);
            Assert.True(bytes.Length > sizeBytes, $"all of it ({bytes.Length} bytes)");
            return bytes[^sizeBytes..];
        }

        public void Dispose() => socket.Dispose();
    }
}
