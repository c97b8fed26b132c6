using System.Net;
using System.Security.Cryptography;
using Akka.Actor;
using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Storage.Listing;

namespace Dfs.Benchmarks;

/// <summary>Three catalogs on this disk, two of them behind peer endpoints, and an owner whose files they have.</summary>
internal sealed class ListReplicas : IAsyncDisposable
{
    /// <summary>1,024: as many as a catalog commits together.</summary>
    private const int RowsAtOnce = 1024;

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly ValueRules Rules = new((_, _, _) => null, _ => [], 16, _ => false, _ => 1);

    private readonly OwnerSession _owner = new(OwnerKeys.Create(Fresh));
    private readonly BufferPool _buffers = new();
    private readonly List<CatalogStore> _catalogs = [];
    private readonly List<PeerEndpoint> _endpoints = [];
    private readonly PeerClient _peers;
    private BatchSignature? _signature;

    private ListReplicas() => _peers = new PeerClient(new PeerClientOptions(), _buffers);

    public static async Task<ListReplicas> StartAsync(string folder, IChunkStore chunks)
    {
        var replicas = new ListReplicas();
        for (ulong number = 1; number <= 3; number++)
        {
            var opened = (CatalogOpenOutcome.Opened)CatalogStore.Open(
                Path.Combine(folder, $"replica-{number}"), IdOf(number), 1, isUnserved: true, Rules);
            var endpoint = new PeerEndpoint(new(new IPEndPoint(IPAddress.Loopback, 0), new OpenGate(), chunks, replicas._buffers)
            {
                Catalog = opened.Store,
            });
            await endpoint.StartAsync(None);
            replicas._catalogs.Add(opened.Store);
            replicas._endpoints.Add(endpoint);
        }

        var members = replicas._endpoints.Select((endpoint, index) => LayoutMember.Newcomer(
            IdOf((ulong)index + 1), 1, $"node-{index + 1}", $"zone-{index + 1}", 1, $"akka.tcp://dfs@127.0.0.1:{index + 1}",
            endpoint.Address.ToString().TrimEnd('/')));
        var layout = Layout.First(new ClusterId(RandomNumberGenerator.GetBytes(16)), new LayoutFactors(3, 3), [.. members]);
        await Task.WhenAll(replicas._catalogs.Select(catalog => catalog.InstallAsync(layout).AsTask()));
        return replicas;
    }

    /// <summary>An index that has seen nothing yet. It cannot read registers; replicas that agree need none to be read.</summary>
    /// <param name="file">Where it is kept.</param>
    public NameIndex NewIndex(NameFile file) => new(new NameIndexOptions(
        IdOf(1), _catalogs[0], _peers, new PeerDirectory(), _owner, new CatalogClient(ActorRefs.Nobody, _catalogs[0]))
    {
        File = file,
        OnTrouble = static trouble => throw new InvalidOperationException(trouble),
    });

    /// <summary>What puts of files with these names leave on all replicas.</summary>
    public async Task PutAsync(string bucket, IEnumerable<string> names, ulong round)
    {
        foreach (var some in names.Chunk(RowsAtOnce))
        {
            var rows = some.AsParallel().Select(name => RowOf(bucket, name, round)).ToList();
            await Task.WhenAll(_catalogs.SelectMany(catalog => rows.Select(row =>
                catalog.AdoptAsync(row, heldByMajority: true, withPromises: false).AsTask())));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var endpoint in _endpoints)
        {
            await endpoint.DisposeAsync();
        }

        foreach (var catalog in _catalogs)
        {
            await catalog.DisposeAsync();
        }

        _peers.Dispose();
        _owner.Dispose();
    }

    // One signature for all: an index believes what its replicas let in.
    private RegisterRow RowOf(string bucketName, string name, ulong round)
    {
        using var owner = _owner.Use();
        var bucket = owner.Bucket(bucketName);
        var isKey = ObjectKey.TryCreate(bucketName, name, out var key, out _);
        Invariant.Holds(isKey, "the benchmark's names are keys");
        var version = OwnerSession.NewVersion();
        var place = new EnvelopeContext(EnvelopeKind.Manifest, _catalogs[0].Layout!.Cluster, bucket.Id, bucket.TokenOf(key!), version);
        using var versionKey = OwnerSession.NewVersionKey();
        var manifest = ManifestBuilder.OfContent(FileFacts.None, [], versionKey, place, Fresh());
        var made = (HeadChange.Made)HeadTransition.Put(null, new HeadPut
        {
            Cluster = place.Cluster,
            Bucket = bucket.Id,
            Register = place.Register,
            Owner = owner.PublicKey,
            Operation = OwnerSession.NewOperation(),
            Version = HeadVersion.Of(version, OwnerSession.SlotOf(versionKey, bucket, place), manifest),
            Retention = Retention.None,
            Name = SealedName.Seal(bucket.Listing, place with { Kind = EnvelopeKind.Name, Version = default }, Fresh(), key!),
        });
        var ballot = new Ballot(round, IdOf(1), 1, 1);
        var value = HeadCodec.Encode(new SignedHead(made.Next, _signature ??= SignatureOf(made.Next)));
        return new RegisterRow(new RowKey(false, place.Register), ballot.Next, ballot, value, 0, 0);
    }

    private static BatchSignature SignatureOf(Head head)
    {
        using var keys = OwnerKeys.Create(Fresh);
        using var signer = keys.CreateSigner();
        return signer.Sign(HeadCodec.HashOf(head));
    }

    private static FreshBytes Fresh() => new(RandomNumberGenerator.GetBytes(FreshBytes.SizeBytes));

    private static ReplicaId IdOf(ulong number) => new(new Bytes16(number, number));

    private sealed class OpenGate : IPeerGate
    {
        public PeerVerdict Judge(PeerCall call) => PeerVerdict.Welcome.Instance;
    }
}
