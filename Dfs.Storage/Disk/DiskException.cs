namespace Dfs.Storage.Disk;

/// <summary>Why a disk refused: what a store can act on.</summary>
public enum DiskFault
{
    /// <summary>Full, or over quota: refuse new data, keep serving.</summary>
    NoSpace,

    /// <summary>Everything else, a failed sync first of all: what was written is unknown, so nothing more is written.</summary>
    Io,
}

/// <summary>A failed call of an <see cref="IDisk"/>; stores turn it into an outcome.</summary>
public sealed class DiskException : IOException
{
    // errno of Linux and macOS, and the Win32 codes, for "no space" and "over quota".
    private static readonly int[] NoSpaceOnUnix = [28, 122, 69];
    private static readonly int[] NoSpaceOnWindows = [39, 112];

    public DiskException(DiskFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    public DiskFault Fault { get; }

    internal static DiskException Of(Exception cause, string path) => cause as DiskException
        ?? new DiskException(FaultOf(cause.HResult & 0xffff), $"{path}: {cause.Message}", cause);

    /// <summary>After a failed sync it is not known what the disk has, even if it only was full.</summary>
    internal static DiskException OfSync(string cause, string path) => new(DiskFault.Io, $"sync {path}: {cause}");

    internal static DiskException OfErrno(int errno, string call, string path) =>
        new(FaultOf(errno), $"{call} {path}: error {errno}");

    private static DiskFault FaultOf(int code) =>
        (OperatingSystem.IsWindows() ? NoSpaceOnWindows : NoSpaceOnUnix).Contains(code)
            ? DiskFault.NoSpace
            : DiskFault.Io;
}
