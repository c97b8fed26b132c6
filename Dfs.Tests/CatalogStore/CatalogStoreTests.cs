using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using Microsoft.Data.Sqlite;
using static Dfs.Core.Catalog.CatalogProtocol;
using Store = Dfs.Storage.CatalogStore.CatalogStore;

namespace Dfs.Tests.CatalogStore;

public sealed partial class CatalogStoreTests : IDisposable
{
    private static readonly ReplicaId Self = Members.Id(1), Other = Members.Id(2);
    private static readonly Layout Layout = Members.First(3);
    private static readonly ValueRules Rules = new((_, _, _) => null, _ => [], 16, value => value.Span[0] == 0, _ => 1);

    private readonly TempFolder _directory = new();
    private readonly string _folder;
    private ulong _start;

    public CatalogStoreTests() => _folder = Directory.CreateDirectory(Path.Combine(_directory.Path, "catalog")).FullName;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task An_epoch_is_first_under_each_layout_and_in_each_start_and_never_falls()
    {
        await using (var store = await OpenAsync())
        {
            Assert.Equal(new EpochFact(new Epoch(1), new Epoch(2)), await store.RaiseEpochAsync(default));
            Assert.Equal(new EpochFact(new Epoch(4), new Epoch(4)), await store.RaiseEpochAsync(new Epoch(4)));
            Assert.Equal(new EpochFact(new Epoch(5), new Epoch(4)), await store.RaiseEpochAsync(new Epoch(5)));
            Assert.Equal(new EpochFact(new Epoch(5), new Epoch(4)), await store.RaiseEpochAsync(new Epoch(3)));

            await store.InstallAsync(Layout.ReplaceStart(Members.Id(3), Members.Member(4)));
            Assert.Equal(new EpochFact(new Epoch(5), new Epoch(6)), await store.RaiseEpochAsync(new Epoch(5)));
            Assert.Equal(new EpochFact(new Epoch(6), new Epoch(6)), await store.RaiseEpochAsync(new Epoch(6)));
        }

        await using var reopened = await OpenAsync();
        Assert.Equal(new EpochFact(new Epoch(6), new Epoch(7)), await reopened.RaiseEpochAsync(new Epoch(6)));
        Assert.Equal(new EpochFact(new Epoch(7), new Epoch(7)), await reopened.RaiseEpochAsync(new Epoch(7)));
    }

    [Fact]
    public async Task What_was_answered_is_there_after_a_stop_without_a_shutdown()
    {
        await using var store = await OpenAsync();
        await AcceptAsync(store, 1, 1, 7);
        await store.HandleAsync(new Prepare(Header(2), Ballot(5), PrepareScope.PartitionIfFree), Self);
        await store.RaiseEpochAsync(new Epoch(4));

        using var copy = Killed();
        await using var reopened = await copy.OpenAsync();
        var state = await StateAsync(reopened, 1);
        Assert.Equal((Ballot(1), (byte)7), (state.Accepted, state.Value.Span[0]));
        Assert.Equal((Ballot(5), Ballot(5)), (state.PartitionPromise, state.Promise));
        Assert.Equal((Layout.Number, new Epoch(4)), (reopened.Layout!.Number, reopened.Epoch));
    }

    [Fact]
    public async Task Requests_of_one_group_see_one_another()
    {
        await using var store = await OpenAsync();

        var replies = await Task.WhenAll(Enumerable.Range(1, 200).Select(n =>
            store.HandleAsync(new Accept(Header(1), Ballot((ulong)n), new byte[] { 1 }), Self).AsTask()));

        Assert.All(replies, reply => Assert.True(reply is Accepted or BallotRefused));
        Assert.Equal(replies.OfType<Accepted>().Max(reply => reply.Ballot), (await StateAsync(store, 1)).Accepted);
    }

    [Fact]
    public async Task What_of_a_check_takes_long_is_done_before_the_request_waits_in_line()
    {
        var foreseenOn = new List<int>();
        var checkedOn = new List<int>();
        await using var store = await OpenAsync(Rules with
        {
            Foresee = value => foreseenOn.Add(Environment.CurrentManagedThreadId),
            Check = (_, _, _) =>
            {
                checkedOn.Add(Environment.CurrentManagedThreadId);
                return null;
            },
        });

        var caller = Environment.CurrentManagedThreadId;
        Assert.IsType<Accepted>(await store.HandleAsync(new Accept(Header(1), Ballot(1), new byte[] { 1 }), Self));

        Assert.Equal([caller], foreseenOn);
        Assert.NotEqual(caller, Assert.Single(checkedOn));
    }

    [Fact]
    public async Task A_read_of_a_register_that_was_never_written_waits_for_no_commit()
    {
        using var isChecking = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        await using var store = await OpenAsync(Rules with
        {
            Check = (_, _, _) =>
            {
                isChecking.Set();
                Assert.True(mayGoOn.Wait(TimeSpan.FromSeconds(30)));
                return null;
            },
        });
        var accept = store.HandleAsync(new Accept(Header(1), Ballot(1), new byte[] { 1 }), Self);
        Assert.True(isChecking.Wait(TimeSpan.FromSeconds(30)));

        var other = store.HandleAsync(new Read(Header(2)), Self);
        var same = store.HandleAsync(new Read(Header(1)), Self);

        Assert.True(other.IsCompleted && same.IsCompleted);
        Assert.Equal(Core.Catalog.Ballot.None, Assert.IsType<Current>(await other).State.Accepted);
        Assert.Equal(Core.Catalog.Ballot.None, Assert.IsType<Current>(await same).State.Accepted);
        mayGoOn.Set();
        Assert.IsType<Accepted>(await accept);
        Assert.Equal(Ballot(1), (await StateAsync(store, 1)).Accepted);
    }

    [Fact]
    public async Task Changes_come_in_commit_order_and_each_register_once()
    {
        await using var store = await OpenAsync();
        for (byte register = 1; register <= 5; register++)
        {
            await AcceptAsync(store, register, 1, register);
        }

        var first = await store.ReadChangesAsync(0, 3);
        await AcceptAsync(store, 1, 2, 9);
        var rest = await store.ReadChangesAsync(first.Cursor, 10);

        Assert.False(first.IsLast);
        Assert.Equal([1, 2, 3], first.Rows.Select(row => (int)row.Value.Span[0]));
        Assert.True(rest.IsLast);
        Assert.Equal([4, 5, 9], rest.Rows.Select(row => (int)row.Value.Span[0]));
        Assert.Empty((await store.ReadChangesAsync(rest.Cursor, 10)).Rows);
    }

    [Fact]
    public async Task A_cursor_stands_for_the_same_rows_after_a_start_whatever_the_council_wrote()
    {
        ulong cursor;
        await using (var store = await OpenAsync())
        {
            await AcceptAsync(store, 1, 1, 7);
            var council = new Header(CouncilRegisters.Layout(Layout.Cluster, Layout.Number.Next), Layout.Number, Epoch.First);
            Assert.IsType<Accepted>(await store.HandleAsync(new Accept(council, Ballot(1), new byte[16]), Self));
            cursor = (await store.ReadChangesAsync(0, 10)).Cursor;
        }

        await using var reopened = await OpenAsync();
        await AcceptAsync(reopened, 2, 1, 8);

        Assert.Equal(8, Assert.Single((await reopened.ReadChangesAsync(cursor, 10)).Rows).Value.Span[0]);
    }

    [Fact]
    public async Task A_cursor_of_a_history_that_was_undone_is_not_taken_for_one_of_this()
    {
        using var copy = new CatalogStoreTests();
        ChangePage early, late;
        await using (var store = await OpenAsync())
        {
            await AcceptAsync(store, 1, 1, 1);
            early = await store.ReadChangesAsync(0, 10);
        }

        foreach (var file in Directory.GetFiles(_folder))
        {
            File.Copy(file, Path.Combine(copy._folder, Path.GetFileName(file)));
        }

        copy._start = _start;
        await using (var store = await OpenAsync())
        {
            await AcceptAsync(store, 2, 1, 2);
            late = await store.ReadChangesAsync(early.Cursor, 10, early.Feed);
            Assert.Equal(2, Assert.Single(late.Rows).Value.Span[0]);
        }

        var restored = await copy.OpenAsync();
        await AcceptAsync(restored, 3, 1, 3);
        await AcceptAsync(restored, 4, 1, 4);

        Assert.Same(ChangePage.Elsewhere, await restored.ReadChangesAsync(late.Cursor, 10, late.Feed));
        Assert.Same(ChangePage.Elsewhere, await restored.ReadChangesAsync(late.Cursor, 10, early.Feed));
        Assert.Equal([3, 4], (await restored.ReadChangesAsync(early.Cursor, 10, early.Feed)).Rows.Select(row => (int)row.Value.Span[0]));
        await restored.DisposeAsync();
        for (var start = 0; start < FeedStarts.CountMax; start++)
        {
            await (await copy.OpenAsync()).DisposeAsync();
        }

        await using var much = await copy.OpenAsync();
        Assert.Same(ChangePage.Elsewhere, await much.ReadChangesAsync(early.Cursor, 10, early.Feed));
    }

    [Fact]
    public async Task A_page_of_changes_is_found_by_the_index_and_not_by_looking_at_every_row()
    {
        await using (await OpenAsync())
        {
        }

        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, CatalogDatabase.FileName)};Pooling=False");
        await connection.OpenAsync();
        using var plan = new SqliteCommand($"EXPLAIN QUERY PLAN {CatalogDatabase.ChangesQuery}", connection);
        plan.Parameters.AddWithValue("$after", 1);
        plan.Parameters.AddWithValue("$count", 1);
        using var steps = await plan.ExecuteReaderAsync();

        Assert.True(await steps.ReadAsync());
        Assert.Contains("register_by_change", steps.GetString(3), StringComparison.Ordinal);
        Assert.False(await steps.ReadAsync(), "there is nothing to sort");
    }

    [Fact]
    public async Task A_page_of_changes_at_the_end_of_many_takes_no_more_steps_than_one_at_their_beginning()
    {
        await using (await OpenAsync())
        {
        }

        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, CatalogDatabase.FileName)};Pooling=False");
        await connection.OpenAsync();
        using var fill = new SqliteCommand(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO register (key, change, body) SELECT randomblob(33), i, x'00' FROM n", connection);
        await fill.ExecuteNonQueryAsync();

        Assert.Equal(StepsOf(connection, 0), StepsOf(connection, 4_900));
    }

    /// <summary>Of SQLite's machine, for a page of ten rows.</summary>
    private static int StepsOf(SqliteConnection connection, long after)
    {
        Assert.Equal(SQLitePCL.raw.SQLITE_OK, SQLitePCL.raw.sqlite3_prepare_v2(connection.Handle, CatalogDatabase.ChangesQuery, out var statement));
        using (statement)
        {
            SQLitePCL.raw.sqlite3_bind_int64(statement, SQLitePCL.raw.sqlite3_bind_parameter_index(statement, "$after"), after);
            SQLitePCL.raw.sqlite3_bind_int64(statement, SQLitePCL.raw.sqlite3_bind_parameter_index(statement, "$count"), 10);
            for (var row = 0; row < 10; row++)
            {
                Assert.Equal(SQLitePCL.raw.SQLITE_ROW, SQLitePCL.raw.sqlite3_step(statement));
            }

            return SQLitePCL.raw.sqlite3_stmt_status(statement, SQLitePCL.raw.SQLITE_STMTSTATUS_VM_STEP, 0);
        }
    }

    [Fact]
    public async Task A_promise_is_no_change_and_a_dropped_tombstone_is_one()
    {
        await using var store = await OpenAsync();
        await AcceptAsync(store, 1, 1, 0);
        var cursor = (await store.ReadChangesAsync(0, 10)).Cursor;

        await store.HandleAsync(new Prepare(Header(1), Ballot(3), PrepareScope.Register), Self);
        Assert.Empty((await store.ReadChangesAsync(cursor, 10)).Rows);
        Assert.IsType<Dropped>(await store.HandleAsync(new Drop(Header(1), Ballot(1)), Other));

        var gone = Assert.Single((await store.ReadChangesAsync(cursor, 10)).Rows);
        Assert.False(gone.HasValue);
        Assert.True((await StateAsync(store, 1)).Promise >= Ballot(3));
    }

    [Fact]
    public async Task A_partition_is_paged_with_its_promises_and_another_replica_takes_it_over()
    {
        await using var store = await OpenAsync();
        for (byte register = 1; register <= 4; register++)
        {
            await AcceptAsync(store, register, 1, register);
        }

        await store.HandleAsync(new Prepare(Header(4), Ballot(8), PrepareScope.PartitionIfFree), Self);
        var first = await store.ReadPartitionAsync(Register(1).Partition, null, 3);
        var rest = await store.ReadPartitionAsync(Register(1).Partition, first.Rows[^1].Key.Register, 3);
        Assert.Equal([1, 2, 3, 4], first.Rows.Concat(rest.Rows).Select(row => (int)row.Value.Span[0]));
        Assert.Equal((false, true, Ballot(8)), (first.IsLast, rest.IsLast, rest.Partition.Promise));

        using var target = new CatalogStoreTests();
        await using var taker = await target.OpenAsync();
        Assert.Equal(AdoptionResult.Held, await taker.AdoptAsync(first.Rows[0], false, true));
        Assert.True(await taker.AdoptAsync(rest.Partition));

        var state = await StateAsync(taker, 1);
        Assert.Equal((Ballot(1), Ballot(8)), (state.Accepted, state.Promise));
    }

    [Fact]
    public async Task A_damaged_row_ends_the_replica_for_good()
    {
        await using (var store = await OpenAsync())
        {
            await AcceptAsync(store, 1, 1, 0xAB);
        }

        Damage([0xAB, 0xAB, 0xAB, 0xAB, 0xAB, 0xAB, 0xAB, 0xAB]);
        await using (var store = await OpenAsync(installs: false))
        {
            Assert.IsType<ReplicaEnded>(await store.HandleAsync(new Read(Header(1)), Self));
            Assert.NotNull(store.EndedBecause);
            Assert.IsType<ReplicaEnded>(await store.HandleAsync(new Read(Header(2)), Self));
        }

        Assert.IsType<CatalogOpenOutcome.Ended>(Store.Open(_folder, Self, ++_start, false, Rules));
    }

    [Fact]
    public async Task A_catalog_opens_only_for_the_directory_that_it_belongs_to()
    {
        await using (var store = await OpenAsync())
        {
            Assert.IsType<CatalogOpenOutcome.Failed>(Store.Open(_folder, Self, _start + 1, false, Rules));
        }

        Assert.IsType<CatalogOpenOutcome.Mismatch>(Store.Open(_folder, Other, _start + 1, false, Rules));
        Assert.IsType<CatalogOpenOutcome.Mismatch>(Store.Open(_folder, Self, _start, false, Rules));
    }

    [Fact]
    public async Task A_catalog_that_is_gone_or_empty_is_a_loss_unless_the_directory_never_served()
    {
        var path = Path.Combine(_folder, "catalog.db");
        await (await OpenAsync()).DisposeAsync();

        await File.WriteAllBytesAsync(path, []);
        Assert.IsType<CatalogOpenOutcome.Missing>(Store.Open(_folder, Self, ++_start, false, Rules));
        File.Delete(path);
        Assert.IsType<CatalogOpenOutcome.Missing>(Store.Open(_folder, Self, ++_start, false, Rules));

        var begun = Assert.IsType<CatalogOpenOutcome.Opened>(Store.Open(_folder, Self, ++_start, isUnserved: true, Rules));
        Assert.Null(begun.Store.Layout);
        await begun.Store.DisposeAsync();
        await (await OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task A_directory_says_yes_once_and_learns_only_higher_layouts_of_its_cluster()
    {
        await using var store = await OpenAsync(installs: false);
        var proposed = Bootstrap.Propose(Members.Three, [Members.Member(1), Members.Member(2)]);

        Assert.True(await store.VoteAsync(proposed));
        Assert.False(await store.VoteAsync(Bootstrap.Propose(Members.Three, [Members.Member(1), Members.Member(3)])));
        Assert.True(await store.InstallAsync(proposed));
        Assert.False(await store.InstallAsync(proposed));
        Assert.False(await store.InstallAsync(Layout.ReplaceStart(Members.Id(3), Members.Member(4))));
        Assert.False(await store.VoteAsync(proposed));
    }

    [Fact]
    public async Task Proofs_of_layouts_are_kept_and_one_layout_of_each_number_is_signed_also_after_a_restart()
    {
        var joint = Layout.ReplaceStart(Members.Id(3), Members.Member(4));
        var other = Layout.ReplaceStart(Members.Id(2), Members.Member(4));
        var proof = new LayoutLink(LayoutStatement.Of(joint), []);
        await using (var store = await OpenAsync())
        {
            Assert.True(await store.PledgeAsync(LayoutStatement.Of(joint)));
            Assert.False(await store.KeepProofAsync(proof));
            Assert.True(await store.InstallAsync(joint, proof));
        }

        await using var again = await OpenAsync(installs: false);
        Assert.Equal(proof.Encode(), Assert.Single(again.Proofs.Links).Encode());
        Assert.True(await again.PledgeAsync(LayoutStatement.Of(joint)));
        Assert.False(await again.PledgeAsync(LayoutStatement.Of(other)));
        Assert.True(await again.PledgeAsync(LayoutStatement.Of(joint.Finish())));
        Assert.False(await again.PledgeAsync(LayoutStatement.Of(joint)));
        Assert.False(await again.KeepProofAsync(new LayoutLink(LayoutStatement.Of(other), [])));
        Assert.True(await again.KeepProofAsync(proof.With(LayoutProofTests.Link().Signatures[1])));
        Assert.True(Assert.Single(again.Proofs.Links).HasAuthority);
    }

    [Fact]
    public async Task Rows_of_a_partition_that_was_left_are_set_aside_and_returning_begins_empty()
    {
        var partition = Register(1).Partition;
        var left = Layout.ReplaceStart(Self, Members.Member(4, "zone1")).Finish();
        await using (var store = await OpenAsync())
        {
            await AcceptAsync(store, 1, 1, 5);
            // In the group of the commit that leaves: the answer says that it is durable, so it is kept too.
            var accepted = AcceptAsync(store, 2, 1, 6);
            await store.InstallAsync(left);
            await accepted;

            var changes = await store.ReadChangesAsync(0, 10);
            Assert.Empty(changes.Rows);
            Assert.True(changes.Floor > 1);
            Assert.Empty((await store.ReadPartitionAsync(partition, null, 10)).Rows);
        }

        await using var again = await OpenAsync(installs: false);
        Assert.Equal(2, again.Kept.Rows);
        var kept = await again.ReadKeptAsync(partition, null, 10);
        Assert.Equal([Register(1), Register(2)], kept.Select(row => row.Row.Key.Register));
        Assert.All(kept, row => Assert.Equal(left.Number, row.LeftUnder));

        var back = left.ReplaceStart(Members.Id(4), Layout.Find(Self)!).Finish();
        Assert.True(await again.InstallAsync(back));
        Assert.Empty((await again.ReadPartitionAsync(partition, null, 10)).Rows);
        Assert.Equal(2, again.Kept.Rows);

        Assert.False(await again.ForgetKeptAsync(kept, left.Number));
        Assert.Equal(2, again.Kept.Rows);
        Assert.Equal(2, await again.TakeBackAsync([.. kept.Select(row => row.Row)], back.Number));
        Assert.Equal(0, await again.TakeBackAsync([.. kept.Select(row => row.Row)], back.Number));
        Assert.True(await again.ForgetKeptAsync(kept, back.Number));
        Assert.Equal(KeptTotals.None, again.Kept);
        Assert.Equal(2, (await again.ReadPartitionAsync(partition, null, 10)).Rows.Count);
    }

    [Fact]
    public async Task Pages_of_kept_rows_have_every_row_once_however_often_a_register_was_left()
    {
        var left = Layout.ReplaceStart(Self, Members.Member(4, "zone1")).Finish();
        var back = left.ReplaceStart(Members.Id(4), Layout.Find(Self)!).Finish();
        var leftAgain = back.ReplaceStart(Self, Members.Member(4, "zone1")).Finish();
        await using var store = await OpenAsync();
        await AcceptAsync(store, 1, 1, 5);
        await AcceptAsync(store, 2, 1, 6);
        await store.InstallAsync(left);
        var first = await store.ReadKeptAsync(Register(1).Partition, null, 10);
        await store.InstallAsync(back);
        Assert.Equal(2, await store.TakeBackAsync([.. first.Select(row => row.Row)], back.Number));
        await store.InstallAsync(leftAgain);

        (RegisterId, LayoutNumber)[] all = [.. new[] { Register(1), Register(2) }.SelectMany(register => new[] { (register, left.Number), (register, leftAgain.Number) })];
        for (var countMax = 1; countMax <= 5; countMax++)
        {
            var (rows, page) = (new List<KeptRow>(), default(IReadOnlyList<KeptRow>));
            do
            {
                page = await store.ReadKeptAsync(Register(1).Partition, page?[^1], countMax);
                rows.AddRange(page);
            }
            while (page.Count == countMax);

            Assert.Equal(all, rows.Select(row => (row.Row.Key.Register, row.LeftUnder)));
        }
    }

    internal static RegisterId Register(byte number)
    {
        var bytes = new byte[32];
        bytes[31] = number;
        return new RegisterId(bytes);
    }

    private static Header Header(byte register) => new(new RowKey(false, Register(register)), Layout.Number, Epoch.First);

    private static Ballot Ballot(ulong round) => new(round, Self, 1, 1);

    private static async Task AcceptAsync(Store store, byte register, ulong round, byte value)
    {
        var accept = new Accept(Header(register), Ballot(round), Enumerable.Repeat(value, 16).ToArray());
        Assert.IsType<Accepted>(await store.HandleAsync(accept, Self));
    }

    private static async Task<RegisterState> StateAsync(Store store, byte register) =>
        Assert.IsType<Current>(await store.HandleAsync(new Read(Header(register)), Self)).State;

    private async Task<Store> OpenAsync(ValueRules? rules = null, bool installs = true)
    {
        var outcome = Store.Open(_folder, Self, ++_start, isUnserved: _start == 1, rules ?? Rules);
        var store = Assert.IsType<CatalogOpenOutcome.Opened>(outcome).Store;
        if (installs)
        {
            await store.InstallAsync(Layout);
        }

        return store;
    }

    /// <summary>Flips a bit of every occurrence of a value, in whichever file it lies.</summary>
    private void Damage(byte[] pattern)
    {
        foreach (var path in Directory.GetFiles(_folder))
        {
            var bytes = File.ReadAllBytes(path);
            for (var at = bytes.AsSpan().IndexOf(pattern); at >= 0; at = bytes.AsSpan().IndexOf(pattern))
            {
                bytes[at] ^= 1;
            }

            File.WriteAllBytes(path, bytes);
        }
    }
}
