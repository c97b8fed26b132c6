using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Microsoft.Data.Sqlite;

namespace Dfs.Storage.CatalogStore;

/// <summary>A row or a fact whose checksum is wrong: the replica cannot keep its promises any more.</summary>
internal sealed class CatalogDamageException(string what) : Exception($"{what} is damaged.");

/// <summary>The SQLite file behind a catalog: one connection, used by one thread at a time.</summary>
internal sealed class CatalogDatabase : IDisposable
{
    public const string FileName = "catalog.db";

    private const string Pragmas = """
        PRAGMA locking_mode = EXCLUSIVE;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA secure_delete = ON;
        PRAGMA cache_size = -16384;
        PRAGMA wal_autocheckpoint = 4000;
        PRAGMA journal_size_limit = 67108864;
        """;

    /// <summary>Says the index's own condition: without it SQLite cannot know that a parameter is not below, and sorts all rows for each page.</summary>
    /// <remarks>
    /// Behind the cursor's: of two bounds SQLite seeks by the first and tries every entry against the other, which for a page at the end of a million rows is a million entries.
    /// </remarks>
    internal const string ChangesQuery =
        "SELECT key, body FROM register WHERE change > $after AND change > 0 ORDER BY change LIMIT $count";

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS partition (partition INTEGER PRIMARY KEY, body BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS register (key BLOB NOT NULL UNIQUE, change INTEGER NOT NULL, body BLOB NOT NULL);
        CREATE INDEX IF NOT EXISTS register_by_change ON register (change) WHERE change > 0;
        CREATE TABLE IF NOT EXISTS kept (key BLOB NOT NULL, layout INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (key, layout));
        """;

    private readonly SqliteConnection _connection;
    private const string CommitsFact = "commits";

    private readonly SqliteCommand _read, _write, _writePartition, _writeFact, _page, _changes, _count;

    public CatalogDatabase(string folder)
    {
        _ = SqliteEngine.Version;
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(folder, FileName),
            Pooling = false,
            // Seconds. Only another process can hold the file, and it will not let go.
            DefaultTimeout = 1,
        }.ToString());
        try
        {
            _connection.Open();
            Execute(Pragmas);
            Execute(Schema);
            _read = Prepare("SELECT body FROM register WHERE key = $key", "$key");
            _write = Prepare(
                """
                INSERT INTO register (key, change, body) VALUES ($key, $change, $body)
                ON CONFLICT (key) DO UPDATE SET change = excluded.change, body = excluded.body
                """,
                "$key", "$change", "$body");
            _writePartition = Prepare(
                "INSERT OR REPLACE INTO partition (partition, body) VALUES ($partition, $body)", "$partition", "$body");
            _writeFact = Prepare("INSERT OR REPLACE INTO fact (name, body) VALUES ($name, $body)", "$name", "$body");
            _page = Prepare(
                "SELECT key, body FROM register WHERE key > $after AND key < $end ORDER BY key LIMIT $count",
                "$after", "$end", "$count");
            _changes = Prepare(ChangesQuery, "$after", "$count");
            _count = Prepare("SELECT COUNT(*) FROM register WHERE key > $after AND key < $end", "$after", "$end");
            Commits = ReadFact(CommitsFact) is { } commits ? new ByteReader(commits.Span).U64() : 0;
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>How often <see cref="Commit"/> has made something durable here.</summary>
    public ulong Commits { get; private set; }

    public void Dispose()
    {
        foreach (var command in new[] { _read, _write, _writePartition, _writeFact, _page, _changes, _count })
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    public void Begin() => Execute("BEGIN IMMEDIATE");

    public void Commit()
    {
        var writer = new ByteWriter(sizeof(ulong));
        writer.U64(Commits + 1);
        WriteFact(CommitsFact, writer.Written);
        Execute("COMMIT");
        Commits++;
    }

    /// <summary>Does nothing when SQLite has rolled back by itself.</summary>
    public void RollBack()
    {
        if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0)
        {
            Execute("ROLLBACK");
        }
    }

    public RegisterRow Read(RowKey key)
    {
        _read.Parameters[0].Value = CatalogRowCodec.Key(key);
        return _read.ExecuteScalar() is byte[] body ? Decode(key, body) : RegisterRow.Absent(key);
    }

    public void Write(RegisterRow row)
    {
        _write.Parameters[0].Value = CatalogRowCodec.Key(row.Key);
        _write.Parameters[1].Value = (long)row.Change;
        _write.Parameters[2].Value = CatalogRowCodec.Encode(row);
        _write.ExecuteNonQuery();
    }

    public void Write(PartitionRow row)
    {
        _writePartition.Parameters[0].Value = row.Partition.Index;
        _writePartition.Parameters[1].Value = CatalogRowCodec.Encode(row);
        _writePartition.ExecuteNonQuery();
    }

    public PartitionRow[] ReadPartitions()
    {
        var rows = Enumerable.Range(0, PartitionId.Count).Select(i => PartitionRow.Empty(new PartitionId(i))).ToArray();
        using var command = Command("SELECT partition, body FROM partition");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var partition = new PartitionId(reader.GetInt32(0));
            rows[partition.Index] = CatalogRowCodec.Decode(partition, reader.GetFieldValue<byte[]>(1))
                ?? throw new CatalogDamageException($"Partition {partition}'s row");
        }

        return rows;
    }

    /// <summary>Reads the key of every row, in the order of their index: under a second for a million.</summary>
    public RegisterFilter ReadFilter()
    {
        using var count = Command("SELECT COUNT(*) FROM register");
        var filter = new RegisterFilter(2 * (long)count.ExecuteScalar()!);
        using var command = Command("SELECT key FROM register ORDER BY key");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            filter.Add(CatalogRowCodec.Key(reader.GetFieldValue<byte[]>(0)).Register);
        }

        return filter;
    }

    /// <summary>Rows of one partition's registers in the order of their ids.</summary>
    public List<RegisterRow> ReadPartition(PartitionId partition, RegisterId? after, int countMax)
    {
        _page.Parameters[0].Value = after is { } id ? CatalogRowCodec.Key(new RowKey(false, id)) : Bound(partition.Index);
        _page.Parameters[1].Value = Bound(partition.Index + 1);
        _page.Parameters[2].Value = countMax;
        return ReadRows(_page);
    }

    /// <summary>Rows whose value changed after a change, in the order of the changes.</summary>
    public List<RegisterRow> ReadChanges(ulong after, int countMax)
    {
        _changes.Parameters[0].Value = (long)Math.Min(after, long.MaxValue);
        _changes.Parameters[1].Value = countMax;
        return ReadRows(_changes);
    }

    public long Count(PartitionId partition)
    {
        _count.Parameters[0].Value = Bound(partition.Index);
        _count.Parameters[1].Value = Bound(partition.Index + 1);
        return (long)_count.ExecuteScalar()!;
    }

    public ulong LastChange()
    {
        using var command = Command("SELECT COALESCE(MAX(change), 0) FROM register WHERE change > 0");
        return (ulong)(long)command.ExecuteScalar()!;
    }

    /// <summary>Sets a partition's rows aside, where nothing but <see cref="ReadKept"/> sees them.</summary>
    /// <param name="layout">Under which the partition was left.</param>
    public void Keep(PartitionId partition, LayoutNumber layout)
    {
        using var keep = Prepare(
            "INSERT OR REPLACE INTO kept (key, layout, body) SELECT key, $layout, body FROM register WHERE key > $after AND key < $end",
            "$layout", "$after", "$end");
        keep.Parameters[0].Value = (long)layout.Value;
        using var erase = Prepare("DELETE FROM register WHERE key > $after AND key < $end", "$after", "$end");
        foreach (var (command, at) in new[] { (keep, 1), (erase, 0) })
        {
            command.Parameters[at].Value = Bound(partition.Index);
            command.Parameters[at + 1].Value = Bound(partition.Index + 1);
            command.ExecuteNonQuery();
        }
    }

    public void Write(KeptRow kept)
    {
        using var command = Prepare("INSERT OR REPLACE INTO kept (key, layout, body) VALUES ($key, $layout, $body)", "$key", "$layout", "$body");
        command.Parameters[0].Value = CatalogRowCodec.Key(kept.Row.Key);
        command.Parameters[1].Value = (long)kept.LeftUnder.Value;
        command.Parameters[2].Value = CatalogRowCodec.Encode(kept.Row);
        command.ExecuteNonQuery();
    }

    public void Forget(RowKey key, LayoutNumber layout)
    {
        using var command = Prepare("DELETE FROM kept WHERE key = $key AND layout = $layout", "$key", "$layout");
        command.Parameters[0].Value = CatalogRowCodec.Key(key);
        command.Parameters[1].Value = (long)layout.Value;
        command.ExecuteNonQuery();
    }

    /// <summary>Kept rows of one partition in the order of their ids, those of one register in the order of their layouts.</summary>
    public List<KeptRow> ReadKept(PartitionId partition, KeptRow? after, int countMax)
    {
        using var command = Prepare(
            "SELECT key, layout, body FROM kept WHERE (key, layout) > ($after, $layout) AND key < $end ORDER BY key, layout LIMIT $count",
            "$after", "$layout", "$end", "$count");
        command.Parameters[0].Value = after is not null ? CatalogRowCodec.Key(after.Row.Key) : Bound(partition.Index);
        command.Parameters[1].Value = (long)(after?.LeftUnder.Value ?? 0);
        command.Parameters[2].Value = Bound(partition.Index + 1);
        command.Parameters[3].Value = countMax;
        var rows = new List<KeptRow>();
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var key = CatalogRowCodec.Key(reader.GetFieldValue<byte[]>(0));
            rows.Add(new KeptRow(new LayoutNumber((ulong)reader.GetInt64(1)), Decode(key, reader.GetFieldValue<byte[]>(2))));
        }

        return rows;
    }

    public KeptTotals ReadKeptTotals()
    {
        using var command = Command("SELECT COUNT(*), COALESCE(SUM(LENGTH(body)), 0) FROM kept");
        using var reader = command.ExecuteReader();
        reader.Read();
        return new KeptTotals(reader.GetInt64(0), reader.GetInt64(1));
    }

    public ReadOnlyMemory<byte>? ReadFact(string name)
    {
        using var command = Prepare("SELECT body FROM fact WHERE name = $name", "$name");
        command.Parameters[0].Value = name;
        // Named, because a bare null would become empty memory.
        return command.ExecuteScalar() is byte[] body
            ? CatalogRowCodec.DecodeFact(name, body) ?? throw new CatalogDamageException($"The fact '{name}'")
            : default(ReadOnlyMemory<byte>?);
    }

    public void WriteFact(string name, ReadOnlySpan<byte> value)
    {
        _writeFact.Parameters[0].Value = name;
        _writeFact.Parameters[1].Value = CatalogRowCodec.EncodeFact(name, value);
        _writeFact.ExecuteNonQuery();
    }

    // A prefix of the partition's keys: shorter than any of them, so every one sorts after it.
    private static byte[] Bound(int partitionIndex) => partitionIndex == PartitionId.Count
        ? [1]
        : [0, (byte)(partitionIndex >> 2), (byte)((partitionIndex & 3) << 6)];

    private static RegisterRow Decode(RowKey key, byte[] body) =>
        CatalogRowCodec.Decode(key, body) ?? throw new CatalogDamageException($"The row of register {key.Register}");

    private static List<RegisterRow> ReadRows(SqliteCommand command)
    {
        var rows = new List<RegisterRow>();
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            rows.Add(Decode(CatalogRowCodec.Key(reader.GetFieldValue<byte[]>(0)), reader.GetFieldValue<byte[]>(1)));
        }

        return rows;
    }

    private SqliteCommand Prepare(string text, params string[] parameters)
    {
        var command = Command(text);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        }

        return command;
    }

    // The text is one of the constants above; values always are parameters.
#pragma warning disable CA2100
    private SqliteCommand Command(string text) => new(text, _connection);
#pragma warning restore CA2100

    private void Execute(string text)
    {
        using var command = Command(text);
        command.ExecuteNonQuery();
    }
}
