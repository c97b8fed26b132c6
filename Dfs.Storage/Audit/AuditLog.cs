using System.Text;
using System.Threading.Channels;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Audit;
using Dfs.Storage.Disk;

namespace Dfs.Storage.Audit;

/// <summary>Writes a node's audit log: lines that are chained, each durable when it is answered for, or soon after (<see cref="AuditLogOptions.SyncEvery"/>).</summary>
/// <remarks>
/// Thread-safe. One thread takes all that wait, writes them and syncs once. A write that fails ends the trust in the log: from then on nothing is taken (<see cref="IsBroken"/>); with
/// <see cref="AuditLogOptions.RetryAfter"/> until it works again, and then a record says how many are missing. A file that is full is followed by another; the oldest goes when there are more than <see cref="FilesMax"/>, and the chain goes on.
/// </remarks>
public sealed class AuditLog : IAsyncDisposable
{
    /// <summary>8 files, which share the log's size.</summary>
    public const int FilesMax = 8;

    /// <summary>1,024 records that wait for the disk; who has one more waits as well.</summary>
    public const int WaitingMax = 1024;

    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private readonly AuditLogOptions _options;
    private readonly FileStream _head;
    private readonly Task _writing;
    private FileStream _file;
    private AuditChain _chain;
    private long _first, _lost, _brokenAt, _unsyncedSince;
    private bool _isSynced = true, _hasBegun;
    private volatile bool _isBroken;

    private AuditLog(AuditLogOptions options, FileStream head, AuditChain chain)
    {
        (_options, _head, _chain) = (options, head, chain);
        _file = OpenFile();
        // One thread of its own: the disk is waited for.
        _writing = Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public string Folder => _options.Folder;

    public bool IsBroken => _isBroken;

    /// <summary>Opens or makes the log, and says in it how it was found.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static async Task<AuditLog> OpenAsync(AuditLogOptions options)
    {
        Directory.CreateDirectory(options.Folder);
        var (chain, trouble) = Continue(options.Folder);
        var log = new AuditLog(options, OpenStream(Path.Combine(options.Folder, AuditFiles.HeadName)), chain);
        if (!await log.AppendAsync(log.OfItself("start", trouble, trouble.Length > 0 ? "damaged" : "whole")))
        {
            await log.DisposeAsync();
            throw new IOException($"The audit log in {options.Folder} cannot be written.");
        }

        return log;
    }

    /// <returns>False when it is not in the log; else it is durable, or will be within <see cref="AuditLogOptions.SyncEvery"/>, and outlives this process in any case.</returns>
    public async Task<bool> AppendAsync(AuditEntry entry)
    {
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _waiting.Writer.WriteAsync(new Waiting(entry, done)).ConfigureAwait(false);
            return await done.Task.ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        await _file.DisposeAsync().ConfigureAwait(false);
        await _head.DisposeAsync().ConfigureAwait(false);
    }

    // The thread is the writer's own, so it may wait.
#pragma warning disable VSTHRD002
    private void Write()
    {
        Task<bool>? more = null;
        while (true)
        {
            more ??= _waiting.Reader.WaitToReadAsync().AsTask();
            if (!_isSynced && (UntilSync() is var left && (left == TimeSpan.Zero || !more.Wait(left))))
            {
                Try(Sync);
                continue;
            }

            if (!more.GetAwaiter().GetResult())
            {
                break;
            }

            more = null;
            WriteWaiting();
        }

        if (!_isSynced)
        {
            Try(Sync);
        }
    }
#pragma warning restore VSTHRD002

    private TimeSpan UntilSync()
    {
        var left = _options.SyncEvery - _options.Time.GetElapsedTime(_unsyncedSince);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void WriteWaiting()
    {
        var taken = new List<Waiting>();
        while (taken.Count < WaitingMax && _waiting.Reader.TryRead(out var one))
        {
            taken.Add(one);
        }

        var isWritten = MayWrite() && Try(() =>
        {
            taken.ForEach(one => Append(one.Entry));
            // The first record always: from then on there is a head, by which a cut is seen.
            if (_options.SyncEvery == TimeSpan.Zero || !_hasBegun)
            {
                Sync();
            }
        });
        _lost += isWritten ? 0 : taken.Count;
        taken.ForEach(one => one.Done.TrySetResult(isWritten));
    }

    private bool MayWrite() =>
        !_isBroken || (_options.RetryAfter is { } pause && _options.Time.GetElapsedTime(_brokenAt) >= pause && Try(GoOn));

    /// <summary>After a failure: behind what is there, with a record that says what is not.</summary>
    private void GoOn()
    {
        (_chain, var trouble) = Continue(_options.Folder);
        _file.Dispose();
        _file = OpenFile();
        var gap = $"{_lost} records could not be written";
        Append(OfItself("gap", trouble.Length > 0 ? $"{gap}; {trouble}" : gap, "damaged"));
        (_isBroken, _lost) = (false, 0);
    }

    private bool Try(Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            (_isBroken, _isSynced, _brokenAt) = (true, true, _options.Time.GetTimestamp());
            _options.OnFailure(failure);
            return false;
        }
    }

    private void Sync()
    {
        _file.Flush(flushToDisk: true);
        // Behind the sync, and never ahead of what is durable: so a log that ends before it was cut.
        WriteHead();
        (_isSynced, _hasBegun) = (true, true);
    }

    private AuditEntry OfItself(string does, string subject, string result) => AuditEntry.Create(
        _options.Time.GetUtcNow().ToUnixTimeMilliseconds(), "node", "", "", "", does, "", subject, result);

    private void Append(AuditEntry entry)
    {
        var (line, next) = _chain.Append(entry);
        Invariant.Holds(line.Length <= AuditRecord.LineBytesMax, $"a line of the audit log is bounded ({line.Length} bytes)");
        if (_file.Position > 0 && _file.Position + line.Length + 1 > _options.SizeBytesMax / FilesMax)
        {
            _file.Flush(flushToDisk: true);
            _file.Dispose();
            _file = NextFile();
        }

        _file.Write([.. line, (byte)'\n']);
        _chain = next;
        if (_isSynced)
        {
            (_isSynced, _unsyncedSince) = (false, _options.Time.GetTimestamp());
        }
    }

    private FileStream OpenFile() => AuditFiles.In(_options.Folder) is [.., var last] files ? LastFile(files[0], last) : NextFile();

    /// <summary>Begins the next file, and lets the oldest go.</summary>
    private FileStream NextFile()
    {
        var file = OpenStream(AuditFiles.PathOf(_options.Folder, _chain.Number + 1));
        file.SetLength(0);
        var files = AuditFiles.In(_options.Folder);
        var old = files.SkipLast(FilesMax).ToList();
        _first = AuditFiles.NumberOf(files[old.Count]);
        if (old.Count > 0)
        {
            // Durable before files go, or a crash would look as if somebody had taken them.
            WriteHead();
            _head.Flush(flushToDisk: true);
            old.ForEach(File.Delete);
        }

        HostDisk.Instance.SyncFolders([_options.Folder]);
        return file;
    }

    /// <summary>Goes on in a file, behind its last whole line: what a crash left half was answered for to nobody.</summary>
    private FileStream LastFile(string firstPath, string path)
    {
        _first = AuditFiles.NumberOf(firstPath);
        var file = OpenStream(path);
        file.SetLength(AuditFiles.LinesOf(path).Where(line => line.IsWhole).Sum(line => line.Line.Length + 1L));
        file.Position = file.Length;
        return file;
    }

    private void WriteHead() => RandomAccess.Write(_head.SafeFileHandle, Encoding.ASCII.GetBytes(new AuditHead(_first, _chain).ToText()), 0);

    /// <summary>Where the chain goes on: at what the head says, where the files end before it, so that what is missing stays to be seen.</summary>
    private static (AuditChain Chain, string Trouble) Continue(string folder)
    {
        var (files, head) = (AuditFiles.In(folder), AuditFiles.Head(folder));
        AuditChain? last = null;
        foreach (var path in files.Reverse().TakeWhile(_ => last is null))
        {
            foreach (var (line, isWhole) in AuditFiles.LinesOf(path))
            {
                last = isWhole && AuditRecord.TryParse(line, out var record) ? new AuditChain(record.Number, AuditRecord.HashOf(line)) : last;
            }
        }

        return head is null ? (last ?? AuditChain.Empty, files.Count == 0 ? "" : "the file 'head' was missing or damaged")
            : last is null || last.Number < head.Last.Number ? (head.Last, head.Last.Number == 0 ? "" : $"the log ended at record {last?.Number ?? 0} in place of {head.Last.Number}")
            : last.Number == head.Last.Number && last != head.Last ? (head.Last, $"record {last.Number} was changed")
            : (last, AuditFiles.NumberOf(files[0]) > head.First ? $"the records from {head.First} on were missing" : "");
    }

    private static FileStream OpenStream(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    private sealed record Waiting(AuditEntry Entry, TaskCompletionSource<bool> Done);
}

/// <summary>What an <see cref="AuditLog"/> is told by its node.</summary>
/// <param name="SizeBytesMax">Of all files together.</param>
/// <param name="OnFailure">A write has failed.</param>
public sealed record AuditLogOptions(string Folder, long SizeBytesMax, TimeProvider Time, Action<Exception> OnFailure)
{
    /// <summary>Of how long a loss of power may take the records, which were answered for; zero syncs before each answer.</summary>
    public TimeSpan SyncEvery { get; init; }

    /// <summary>When it is tried again after a write has failed; null: never, the log is broken for good.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
