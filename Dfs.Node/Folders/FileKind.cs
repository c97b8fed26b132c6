using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Dfs.Node.Folders;

/// <summary>Tells files from pipes, sockets and devices, which .NET does not: opening a pipe would wait for its writer.</summary>
internal static class FileKind
{
    // struct statx is the same on every kind of processor: 256 bytes, the mode in two of them from byte 28 on.
    private const int StatxBytes = 256, ModeOffset = 28;
    private const int CurrentFolder = -100, NoFollow = 0x100;
    private const uint WithType = 1;
    private const int TypeMask = 0xF000, RegularFile = 0x8000;

    /// <summary>True also where it cannot be told, which is everywhere but on Linux.</summary>
    public static bool IsRegular(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        var status = new byte[StatxBytes];
        return Statx(CurrentFolder, path, NoFollow, WithType, status) != 0
            || (BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(ModeOffset)) & TypeMask) == RegularFile;
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] status);
}
