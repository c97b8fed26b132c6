using Dfs.Storage.Disk;

namespace Dfs.Tests.Kit;

/// <summary>A disk whose user, this process, is killed before a given call that changes something.</summary>
/// <param name="steps">That are still made.</param>
internal sealed class KillingDisk(IDisk disk, int steps) : IDisk
{
    private int _stepsLeft = steps;

    /// <summary>Of what is no call of this disk; does not return from the last one.</summary>
    public void Step()
    {
        if (Interlocked.Decrement(ref _stepsLeft) < 0)
        {
            // SIGKILL on Unix, TerminateProcess on Windows.
            Environment.ExitCode = 1;
            using var self = System.Diagnostics.Process.GetCurrentProcess();
            self.Kill();
            self.WaitForExit();
        }
    }

    public long FreeBytes(string path) => disk.FreeBytes(path);

    public bool CreateFolder(string path) => Count(disk).CreateFolder(path);

    public IDiskFile Create(string path) => new KillingFile(this, Count(disk).Create(path));

    public IDiskFile CreatePrivate(string path) => new KillingFile(this, Count(disk).CreatePrivate(path));

    public IDiskFile? Open(string path, bool writable) => disk.Open(path, writable) is { } file ? new KillingFile(this, file) : null;

    public void Rename(string path, string newPath) => Count(disk).Rename(path, newPath);

    public void Delete(string path) => Count(disk).Delete(path);

    public void DeleteFolder(string path) => Count(disk).DeleteFolder(path);

    public IEnumerable<DiskEntry> List(string folder) => disk.List(folder);

    public void SyncFolders(IReadOnlyCollection<string> folders) => Count(disk).SyncFolders(folders);

    public IDisposable? TryLock(string path) => disk.TryLock(path);

    // Calls that only look leave nothing behind, so only those that change something are steps.
    private T Count<T>(T called)
    {
        Step();
        return called;
    }

    private sealed class KillingFile(KillingDisk disk, IDiskFile file) : IDiskFile
    {
        public long SizeBytes => file.SizeBytes;

        public int Read(long offset, Span<byte> target) => file.Read(offset, target);

        public void Write(long offset, ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body) => disk.Count(file).Write(offset, head, body);

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts) => disk.Count(file).Write(offset, parts);

        public void Truncate(long sizeBytes) => disk.Count(file).Truncate(sizeBytes);

        public void Sync() => disk.Count(file).Sync();

        public void Dispose() => file.Dispose();
    }
}
