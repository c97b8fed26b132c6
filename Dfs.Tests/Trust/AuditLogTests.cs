using System.Text;
using Dfs.Core.Trust.Audit;
using Dfs.Storage.Audit;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Trust;

/// <summary>The chain of an audit log: it goes on over restarts and files, and shows what was done to it.</summary>
public sealed class AuditLogTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Folder => Path.Combine(_folder.Path, "audit");

    // docs/formats/audit.md
    [Fact]
    public void A_record_and_the_head_have_the_bytes_that_are_documented()
    {
        var entry = AuditEntry.Create(1_769_860_800_123, "s3", "DFSHEXAMPLE", "", "192.0.2.7", "s3:PutObject", "c2VhbGVk", "", "200");

        var (line, next) = AuditChain.Empty.Append(entry);

        Assert.Equal(
            """{"number":1,"at":"2026-01-31T12:00:00.123Z","via":"s3","who":"DFSHEXAMPLE","from":"192.0.2.7","does":"s3:PutObject","name":"c2VhbGVk","result":"200","previous":"0000000000000000000000000000000000000000000000000000000000000000"}""",
            Encoding.UTF8.GetString(line));
        Assert.Equal(new AuditChain(1, "7bcc65b4bb4f1ff7de6c9bfe5bd3f8d5104ad508f2f19a30c7b96353fd3bed5c"), next);
        Assert.True(AuditRecord.TryParse(line, out var read));
        Assert.Equal(new AuditRecord(1, entry, AuditRecord.NoHash), read);
        Assert.Equal(
            "dfs-audit-1 0000000000000000001 0000000000000000001 7bcc65b4bb4f1ff7de6c9bfe5bd3f8d5104ad508f2f19a30c7b96353fd3bed5c\n", new AuditHead(1, next).ToText());
        Assert.Equal(new AuditHead(1, next), AuditHead.Parse(new AuditHead(1, next).ToText()));
    }

    [Theory]
    [InlineData("""{"number":1, "at":"2026-01-31T12:00:00.123Z","previous":"PREVIOUS"}""")]
    [InlineData("""{"at":"2026-01-31T12:00:00.123Z","number":1,"previous":"PREVIOUS"}""")]
    [InlineData("""{"number":0,"at":"2026-01-31T12:00:00.123Z","previous":"PREVIOUS"}""")]
    [InlineData("""{"number":1,"at":"2026-01-31T12:00:00.123Z","more":"x","previous":"PREVIOUS"}""")]
    [InlineData("""{"number":1,"at":"2026-01-31","previous":"PREVIOUS"}""")]
    [InlineData("""{"number":1,"at":"2026-01-31T12:00:00.123Z","previous":"00"}""")]
    [InlineData("""["number"]""")]
    [InlineData("")]
    public void Another_form_of_a_record_is_none(string line) =>
        Assert.False(AuditRecord.TryParse(Encoding.UTF8.GetBytes(line.Replace("PREVIOUS", AuditRecord.NoHash, StringComparison.Ordinal)), out _));

    [Fact]
    public async Task A_log_goes_on_over_restarts_and_behind_a_line_that_a_crash_left_half()
    {
        await WriteAsync(3);
        await File.AppendAllTextAsync(AuditFiles.In(Folder)[^1], """{"number":5,"at":"half""");
        Assert.Empty(AuditFiles.Check(Folder, null).Breaks);
        await WriteAsync(2);

        var found = AuditFiles.Check(Folder, null);

        // A start says so, each time.
        Assert.Equal((7L, 1L, 7L, 0), (found.Records, found.First, found.Last, found.Breaks.Count));
        Assert.Equal(["start", "0", "1", "2", "start", "0", "1"], AuditFiles.Read(Folder).Select(record => record.Entry.Does));
        Assert.Single(AuditFiles.In(Folder));
        if (!OperatingSystem.IsWindows())
        {
            foreach (var path in Directory.EnumerateFiles(Folder))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            }
        }
    }

    [Fact]
    public async Task Its_size_is_bounded_and_the_chain_goes_on_when_the_oldest_records_go()
    {
        const long SizeBytesMax = 8 * 1000;
        await WriteAsync(10, SizeBytesMax);
        var noted = AuditFiles.Check(Folder, null).LastHash;
        await WriteAsync(10, SizeBytesMax);
        Assert.Empty(AuditFiles.Check(Folder, noted).Breaks);
        await WriteAsync(100, SizeBytesMax);

        var found = AuditFiles.Check(Folder, null);
        Assert.Equal((123L, 0), (found.Last, found.Breaks.Count));
        Assert.True(found.First > 1, $"the first is {found.First}");
        Assert.Equal(AuditLog.FilesMax, AuditFiles.In(Folder).Count);
        Assert.InRange(AuditFiles.In(Folder).Sum(path => new FileInfo(path).Length), 1, SizeBytesMax);
        Assert.Contains("no record has the hash", Assert.Single(AuditFiles.Check(Folder, noted).Breaks), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_is_synced_later_has_its_records_at_once_and_its_head_is_never_ahead_of_the_sync()
    {
        await using (var log = await AuditLog.OpenAsync(Options(1 << 20) with { SyncEvery = TimeSpan.FromHours(1) }))
        {
            await AppendAsync(log, 3);
            Assert.Equal((4L, 0), (AuditFiles.Check(Folder, null).Last, AuditFiles.Check(Folder, null).Breaks.Count));
            Assert.Equal(1, AuditFiles.Head(Folder)!.Last.Number);
        }

        Assert.Equal(4, AuditFiles.Head(Folder)!.Last.Number);
        await using (var log = await AuditLog.OpenAsync(Options(1 << 20) with { SyncEvery = TimeSpan.FromMilliseconds(1) }))
        {
            await AppendAsync(log, 1);
            // By itself, although nothing more comes.
            while (AuditFiles.Head(Folder)!.Last.Number < 6)
            {
                await Task.Yield();
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_log_that_cannot_be_written_for_a_while_goes_on_afterwards_and_says_what_is_missing_or_never_again(bool goesOn)
    {
        // Nothing can be written where a folder has the next file's name.
        Directory.CreateDirectory(AuditFiles.PathOf(Folder, 3));
        var failures = 0;
        var options = new AuditLogOptions(Folder, 8 * 400, TimeProvider.System, _ => failures++) { RetryAfter = goesOn ? TimeSpan.Zero : null };
        await using (var log = await AuditLog.OpenAsync(options))
        {
            Assert.True(await log.AppendAsync(Entry(0)));
            Assert.False(await log.AppendAsync(Entry(1)));
            Assert.False(await log.AppendAsync(Entry(2)));
            Assert.Equal((true, goesOn ? 2 : 1), (log.IsBroken, failures));

            Directory.Delete(AuditFiles.PathOf(Folder, 3));

            Assert.Equal((goesOn, !goesOn), (await log.AppendAsync(Entry(3)), log.IsBroken));
        }

        string[] expected = goesOn ? ["start", "0", "gap", "3"] : ["start", "0"];
        Assert.Equal(expected, AuditFiles.Read(Folder).Select(record => record.Entry.Does));
        Assert.Equal(expected.Skip(2), AuditFiles.Read(Folder, after: 2).Select(record => record.Entry.Does));
        Assert.Equal(
            goesOn ? ["record 3, at a gap: 2 records could not be written"] : [], AuditFiles.Check(Folder, null).Breaks);
    }

    // Property: whatever one does to the records is found, and still after the node was started again.
    [Theory, Seeds(60)]
    public async Task What_is_done_to_a_log_is_found(int seed)
    {
        var random = new Random(seed);
        await WriteAsync(20, sizeBytesMax: 16_000);
        Assert.Empty(AuditFiles.Check(Folder, null).Breaks);
        var files = AuditFiles.In(Folder);
        var path = files[random.Next(files.Count)];
        var lines = (await File.ReadAllLinesAsync(path)).ToList();
        var at = random.Next(lines.Count);
        var what = random.Next(6);
        switch (what)
        {
            case 0: lines.RemoveAt(at); break;
            case 1: lines.Insert(random.Next(lines.Count + 1), lines[at]); break;
            case 2: lines.RemoveRange(at, lines.Count - at); break;
            case 3: lines.Clear(); break;
            case 4 when lines.Count > 1: (lines[0], lines[^1]) = (lines[^1], lines[0]); break;
            default:
                var bytes = Encoding.UTF8.GetBytes(lines[at]);
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(7));
                lines[at] = Encoding.UTF8.GetString(bytes);
                break;
        }

        await File.WriteAllTextAsync(path, string.Concat(lines.Select(line => line + "\n")));
        if (what == 3 && random.Next(2) == 0)
        {
            File.Delete(path);
        }

        Assert.NotEmpty(AuditFiles.Check(Folder, null).Breaks);
        await WriteAsync(1, sizeBytesMax: 1 << 20);
        Assert.NotEmpty(AuditFiles.Check(Folder, null).Breaks);
    }

    [Fact]
    public async Task A_head_that_is_gone_is_found_and_a_hash_that_was_noted_tells_of_a_chain_that_was_made_anew()
    {
        await WriteAsync(3);
        var noted = AuditFiles.Check(Folder, null).LastHash;
        Directory.Delete(Folder, recursive: true);
        await WriteAsync(3);
        Assert.Empty(AuditFiles.Check(Folder, null).Breaks);
        Assert.Contains($"no record has the hash {noted}", Assert.Single(AuditFiles.Check(Folder, noted).Breaks), StringComparison.Ordinal);

        File.Delete(Path.Combine(Folder, AuditFiles.HeadName));
        Assert.Contains("'head' is missing", Assert.Single(AuditFiles.Check(Folder, null).Breaks), StringComparison.Ordinal);
        await WriteAsync(1);
        Assert.Contains("at a start of the node: the file 'head' was missing", Assert.Single(AuditFiles.Check(Folder, null).Breaks), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private async Task WriteAsync(int count, long sizeBytesMax = 1 << 20)
    {
        await using var log = await AuditLog.OpenAsync(Options(sizeBytesMax));
        await AppendAsync(log, count);
    }

    private AuditLogOptions Options(long sizeBytesMax) => new(Folder, sizeBytesMax, TimeProvider.System, failure => throw failure);

    private static async Task AppendAsync(AuditLog log, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(await log.AppendAsync(Entry(i)));
        }
    }

    private static AuditEntry Entry(int number) => AuditEntry.Create(1_769_860_800_000 + number, "http", "someone", "", "", $"{number}", "", "", "200");
}
