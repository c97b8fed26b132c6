using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Dfs.Storage.Disk;

/// <summary>The calls that .NET has no name for.</summary>
internal static partial class Posix
{
    private const int Interrupted = 4;
    private const int Exists = 17;
    private const int ReadOnly = 0;
    private const int WriteOnly = 1;
    private const int CacheStat = 451; // of every processor
    private const uint FolderMode = 0b111_101_000;

    // Since Linux 5.8 syncfs reports a failed write-back; before that its "yes" says too little.
    public static readonly bool CanSyncWhole =
        OperatingSystem.IsLinux() && Environment.OSVersion.Version >= new Version(5, 8);

    private static readonly int CloseOnExec = OperatingSystem.IsLinux() ? 0x8_0000 : 0x100_0000; // O_CLOEXEC

    public static void SyncData(SafeFileHandle file, string path) =>
        CheckSync(Retried(() => Fdatasync(file)), "fdatasync", path);

    public static void SyncFolder(string path) => WithFolder(path, fd => Fsync(fd), "fsync");

    /// <summary>Syncs the whole file system that the folder lies on.</summary>
    public static void SyncWhole(string path) => WithFolder(path, fd => Syncfs(fd), "syncfs");

    /// <summary>The same open file for reads or writes of whole, aligned blocks round the page cache; null where there is no such thing.</summary>
    public static SafeFileHandle? TryReopenDirect(SafeFileHandle file, bool isForWrites)
    {
        // O_DIRECT has another value on each family of processors.
        var direct = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 or Architecture.X86 or Architecture.RiscV64 or Architecture.S390x => 0x4000,
            Architecture.Arm64 or Architecture.Arm => 0x1_0000,
            _ => 0,
        };
        if (!OperatingSystem.IsLinux() || direct == 0)
        {
            return null;
        }

        var fd = Retried(() => OpenFile($"/proc/self/fd/{file.DangerousGetHandle()}", (isForWrites ? WriteOnly : ReadOnly) | CloseOnExec | direct));
        return fd < 0 ? null : new SafeFileHandle(fd, ownsHandle: true);
    }

    /// <summary>Whether the page cache has all of a part of a file, as cachestat(2) of Linux 6.5 says; false where it is not to be had.</summary>
    public static unsafe bool IsCached(SafeFileHandle file, long offset, long sizeBytes)
    {
        var pageBytes = Environment.SystemPageSize;
        var (first, end) = (offset / pageBytes, (offset + sizeBytes + pageBytes - 1) / pageBytes);
        var range = stackalloc long[] { offset, sizeBytes };
        // Pages that are there, dirty, being written, evicted, evicted lately.
        var pages = stackalloc long[5];
        return OperatingSystem.IsLinux() && CallSystem(CacheStat, (int)file.DangerousGetHandle(), range, pages, 0) == 0 && pages[0] >= end - first;
    }

    /// <summary>False when the folder was there.</summary>
    public static bool CreateFolder(string path)
    {
        if (Mkdir(path, FolderMode) == 0)
        {
            return true;
        }

        var errno = Marshal.GetLastPInvokeError();
        return errno == Exists ? false : throw DiskException.OfErrno(errno, "mkdir", path);
    }

    public static void Rename(string from, string to) => Check(RenameFile(from, to), "rename", to);

    private static void WithFolder(string path, Func<int, int> call, string name)
    {
        var fd = Retried(() => OpenFile(path, CloseOnExec));
        Check(fd, "open", path);
        try
        {
            CheckSync(Retried(() => call(fd)), name, path);
        }
        finally
        {
            _ = Close(fd);
        }
    }

    private static int Retried(Func<int> call)
    {
        int result;
        do
        {
            result = call();
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        return result;
    }

    private static void CheckSync(int result, string call, string path)
    {
        if (result < 0)
        {
            throw DiskException.OfSync($"{call} answered error {Marshal.GetLastPInvokeError()}", path);
        }
    }

    private static void Check(int result, string call, string path)
    {
        if (result < 0)
        {
            throw DiskException.OfErrno(Marshal.GetLastPInvokeError(), call, path);
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int Fdatasync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int fd);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int Syncfs(int fd);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static unsafe partial nint CallSystem(nint number, nint fd, long* range, long* pages, nint flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mkdir(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameFile(string from, string to);
}
