using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using Microsoft.Data.Sqlite;
using Store = Dfs.Storage.CatalogStore.CatalogStore;

namespace Dfs.Tests.CatalogStore;

/// <summary>The stored bytes of docs/formats/catalog-database.md, read past the store.</summary>
public sealed class CatalogRowGoldenTests : IDisposable
{
    private const string Register =
        "010000000000000002d1f5000000000001000000000000000100000000000000030000000000000005000000"
        + "0000000002d1f500000000000100000000000000010000000000000003000000000000000400000000000000"
        + "0000000000000000010000000576616c75654e1855c6";

    private const string Partition =
        "010000000000000002d1f5000000000001000000000000000100000000000000030000000000000004000000"
        + "00000000000000000000000000000000000000000000000000000000000000000000000000449c988a";

    private readonly TempFolder _directory = new();

    private string Folder => Path.Combine(_directory.Path, "catalog");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Rows_of_version_1_are_stored_as_they_are()
    {
        var rules = new ValueRules((_, _, _) => null, _ => [], 16, _ => false, _ => 0);
        var opened = Assert.IsType<CatalogOpenOutcome.Opened>(Store.Open(Folder, Members.Id(1), 1, true, rules));
        await using (opened.Store)
        {
            await opened.Store.InstallAsync(Members.First(3));
            var ballot = new Ballot(2, Members.Id(1), 3, 4);
            var header = new CatalogProtocol.Header(
                new RowKey(false, CatalogStoreTests.Register(9)), new LayoutNumber(1), Epoch.First);
            await opened.Store.HandleAsync(
                new CatalogProtocol.Prepare(header, ballot, PrepareScope.PartitionIfFree), Members.Id(1));
            await opened.Store.HandleAsync(new CatalogProtocol.Accept(header, ballot, "value"u8.ToArray()), Members.Id(1));
        }

        Assert.Equal(Register, ReadHex("SELECT body FROM register"));
        Assert.Equal(Partition, ReadHex("SELECT body FROM partition"));
    }

#pragma warning disable CA2100 // the text is one of the two above
    private string ReadHex(string query)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Folder, "catalog.db")};Pooling=False");
        connection.Open();
        using var command = new SqliteCommand(query, connection);
        return Convert.ToHexStringLower((byte[])command.ExecuteScalar()!);
    }
#pragma warning restore CA2100
}
