using Microsoft.Data.Sqlite;

namespace Dfs.Tests.Independent;

/// <summary>What lies in the data directories of nodes that were stopped: the newest values of registers, and chunks by their ids.</summary>
/// <remarks>docs/formats/catalog-database.md and segment.md, as somebody reads them who has nothing of the product.</remarks>
internal sealed class PlainDisk
{
    private readonly Dictionary<string, byte[]> _chunks = [];
    private readonly Dictionary<string, (string Ballot, byte[] Value)> _registers = [];

    public PlainDisk(params IEnumerable<string> dataDirectories)
    {
        foreach (var directory in dataDirectories)
        {
            ReadCatalog(directory);
            foreach (var segment in Directory.EnumerateFiles(Path.Combine(directory, "chunks", "segments"), "*.segment").Order(StringComparer.Ordinal))
            {
                ReadSegment(File.ReadAllBytes(segment));
            }
        }
    }

    /// <summary>Of all files' registers that have one.</summary>
    public IEnumerable<byte[]> Values => _registers.Values.Select(row => row.Value);

    public IEnumerable<byte[]> Chunks => _chunks.Values;

    public byte[] Chunk(byte[] id)
    {
        var chunk = _chunks[Convert.ToHexString(id)];
        Assert.Equal(id, PlainSeal.ChunkId(chunk));
        return chunk;
    }

    private void ReadCatalog(string dataDirectory)
    {
        var catalog = new SqliteConnectionStringBuilder { DataSource = Path.Combine(dataDirectory, "catalog", "catalog.db"), Pooling = false };
        using var connection = new SqliteConnection(catalog.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT key, body FROM register WHERE substr(key, 1, 1) = x'00'";
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            var (key, body) = (Convert.ToHexString((byte[])rows[0]), new PlainBytes((byte[])rows[1]));
            body.Expect(1);
            body.Take(40);
            // Written so that bytes are in the order of ballots.
            var accepted = Convert.ToHexString(body.Take(40));
            body.Take(8 + 8);
            var value = body.Take(body.U32());
            if (value.Length > 0 && (!_registers.TryGetValue(key, out var other) || string.CompareOrdinal(accepted, other.Ballot) > 0))
            {
                _registers[key] = (accepted, value);
            }
        }
    }

    private void ReadSegment(byte[] segment)
    {
        for (var at = 64; at + 72 <= segment.Length && segment.AsSpan(at, 4).SequenceEqual("DFSR"u8);)
        {
            var head = new PlainBytes(segment, at + 5);
            var kind = head.Byte();
            head.Take(2 + 8);
            var id = Convert.ToHexString(head.Take(32));
            head.Take(8);
            var count = head.U32();
            var padding = (16 - ((72 + count) % 16)) % 16;
            if (kind == 1)
            {
                _chunks[id] = segment[(at + 72 + padding)..(at + 72 + padding + count)];
            }

            at += 72 + padding + count;
        }
    }
}
