using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Dfs.Storage.CatalogStore;

/// <summary>Chooses SQLite's library, once per process: the system's when it is newer than the bundled one.</summary>
/// <remarks>
/// The bundled copy is 3.35.5 and nobody patches it; the system's is kept by the system. The provider asks for
/// "e_sqlite3"; a resolver answers with the system's library, whose functions have the same names. Whatever the
/// resolver cannot load falls back to the bundled copy.
/// </remarks>
internal static class SqliteEngine
{
    private const string ProviderLibrary = "e_sqlite3";

    /// <summary>3.35.5, as sqlite3_libversion_number gives it.</summary>
    private const int BundledVersion = 3_035_005;

    private static readonly string[] SystemLibraries =
        OperatingSystem.IsMacOS() ? ["/usr/lib/libsqlite3.dylib"]
        : OperatingSystem.IsLinux() ? ["libsqlite3.so.0"]
        : [];

    private static readonly Lazy<string> Loaded = new(Load);

    /// <summary>The version in use, "3.40.1".</summary>
    public static string Version => Loaded.Value;

    private static string Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return raw.sqlite3_libversion().utf8_to_string();
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name == ProviderLibrary)
        {
            foreach (var candidate in SystemLibraries)
            {
                if (NativeLibrary.TryLoad(candidate, out var library) && IsNewer(library))
                {
                    return library;
                }
            }
        }

        return IntPtr.Zero;
    }

    private static unsafe bool IsNewer(IntPtr library)
    {
        if (!NativeLibrary.TryGetExport(library, "sqlite3_libversion_number", out var export))
        {
            return false;
        }

        return ((delegate* unmanaged[Cdecl]<int>)export)() > BundledVersion;
    }
}
