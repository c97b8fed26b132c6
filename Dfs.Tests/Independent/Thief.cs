using System.Text;

namespace Dfs.Tests.Independent;

/// <summary>
/// Somebody has the disk of a node, what went over the wire, and this program's source, and tries every 32 bytes in a row that lie there as each key that would open something:
/// of the owner, of a bucket and its epochs, of a name, of a file's manifest, of a chunk.
/// </summary>
internal sealed class Thief
{
    private const int KeyBytes = 32;

    private readonly List<Head> _heads;
    private readonly List<Head> _buckets;
    private readonly HashSet<string> _streams;
    private readonly int _knownBytes;

    /// <param name="disk">Of the node that was stolen.</param>
    /// <param name="known">How the content of some chunk is known to begin: without it nobody can tell that a chunk's key was found.</param>
    public Thief(PlainDisk disk, byte[] known)
    {
        _heads = [.. disk.Values.Select(value => Head.Of(value, disk)).OfType<Head>()];
        _buckets = [.. _heads.DistinctBy(head => Convert.ToHexString(head.BucketId))];
        _knownBytes = known.Length;
        _streams = [.. disk.Chunks.Where(chunk => chunk.Length >= known.Length).Select(chunk => Convert.ToHexString([.. known.Zip(chunk, (text, cipher) => (byte)(text ^ cipher))]))];
    }

    /// <summary>What was there to be opened, so that whoever finds nothing can say where it was sought.</summary>
    public (int Heads, int Chunks) Locks => (_heads.Count, _streams.Count);

    /// <returns>What a key among these bytes opens, with where it lies; null when there is none.</returns>
    public string? Open(byte[] haystack)
    {
        string? opened = null;
        Parallel.For(0, Math.Max(0, haystack.Length - KeyBytes + 1), (at, loop) =>
        {
            var key = haystack[at..(at + KeyBytes)];
            // Text, zeros and tables are no keys: 32 random bytes with fewer than 20 different ones do not come about.
            if (key.Distinct().Count() >= 20 && What(key) is { } what)
            {
                opened = $"{what}, byte {at}";
                loop.Stop();
            }
        });
        return opened;
    }

    private string? What(byte[] key) =>
        _buckets.Select(head => head.WhoseKeyIs(key)).FirstOrDefault(what => what is not null)
        ?? (_heads.Exists(head => PlainSeal.TryOpen(key, 1, head.Context, head.Manifest) is not null) ? "a file's manifest key"
            : _streams.Contains(Convert.ToHexString(PlainSeal.Ctr(key, new byte[_knownBytes]))) ? "a chunk's key"
            : null);

    private sealed record Head(byte[] BucketId, byte[] Name, byte[] NameContext, byte[] Wrapped, byte[] Manifest, byte[] Context)
    {
        // A name that everybody knows: the bucket of files that name none.
        private static readonly byte[] BucketName = Encoding.UTF8.GetBytes("files");

        /// <returns>Null when the head is of a file that was removed.</returns>
        public static Head? Of(byte[] head, PlainDisk disk)
        {
            var fields = new PlainBytes(head);
            fields.Expect([.. "DFSH"u8, 1]);
            byte[] place = [.. fields.Take(16), .. fields.Take(16), .. fields.Take(32)];
            fields.Take(64 + 8 + 32);
            var flags = fields.Byte();
            var name = fields.Behind16();
            if ((flags & 1) != 0 || fields.U16() == 0)
            {
                return null;
            }

            byte[] context = [.. place, .. fields.Take(16)];
            var version = fields.Byte();
            fields.Take(((version & 8) != 0 ? 4 + 8 : 8) + 4);
            var wrapped = fields.Take(103);
            return new Head(place[16..32], name, [.. place, .. new byte[16]], wrapped, (version & 2) != 0 ? fields.Behind16() : disk.Chunk(fields.Take(32)), context);
        }

        public string? WhoseKeyIs(byte[] key) =>
            IsWrappedBy(PlainSeal.Hkdf(key, "dfs bucket wrap 1", BucketId)) ? "an epoch's secret"
            : IsWrappedBy(key) ? "a bucket's wrap key"
            : IsNamedBy(key) ? "a bucket's listing key"
            : IsNamedBy(PlainSeal.Hkdf(key, "dfs bucket listing 1")) ? "a bucket's root key"
            : IsNamedBy(PlainSeal.Hkdf(PlainSeal.Hkdf(key, "dfs bucket 1", BucketName), "dfs bucket listing 1")) ? "the owner's root key"
            : null;

        private bool IsWrappedBy(byte[] key) => PlainSeal.TryOpen(key, 2, Context, Wrapped) is not null;

        private bool IsNamedBy(byte[] key) => PlainSeal.TryOpen(key, 3, NameContext, Name) is not null;
    }
}
