using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Dfs.Tests.Fuzz;

/// <summary>Which branches of the parsers an input goes through, one after the other, where <c>Scripts/fuzz-coverage.sh</c> has instrumented them.</summary>
/// <remarks>
/// The instrumentation is SharpFuzz's (github.com/Metalnem/sharpfuzz), the map AFL's (Zalewski, "american fuzzy lop", technical_details.txt): a byte for each
/// hash of two branches, counted in eight orders of magnitude. Of one thread's inputs; another thread that runs instrumented code meanwhile is counted along.
/// </remarks>
internal sealed class CodeCoverage
{
    /// <summary>64 KiB, as the instrumentation takes it for granted.</summary>
    private const int MapBytes = 1 << 16;

    private readonly byte[] _hits = GC.AllocateArray<byte>(MapBytes, pinned: true);
    private readonly byte[] _seen = new byte[MapBytes];
    private readonly Action _forgetLast;

    private CodeCoverage(Type trace)
    {
        var previous = trace.GetField("PrevLocation")!;
        _forgetLast = () => previous.SetValue(null, 0);
        trace.GetField("SharedMem")!.SetValue(null, Marshal.UnsafeAddrOfPinnedArrayElement(_hits, 0));
    }

    /// <summary>Edges that were seen.</summary>
    public int Edges => _seen.Count(orders => orders != 0);

    /// <summary>Before anything that is instrumented runs: it would write to nowhere.</summary>
    /// <returns>Null when nothing is instrumented.</returns>
    public static CodeCoverage? Begin()
    {
        const string Library = "SharpFuzz.Common";
        var file = Path.Combine(AppContext.BaseDirectory, $"{Library}.dll");
        if (!File.Exists(file))
        {
            return null;
        }

        // It stands in no list of what the program consists of.
        AssemblyLoadContext.Default.Resolving += (context, name) => name.Name == Library ? context.LoadFromAssemblyPath(file) : null;
        return new CodeCoverage(Assembly.Load(Library).GetType($"{Library}.Trace", throwOnError: true)!);
    }

    /// <summary>Another parser's: all is new again.</summary>
    public void Forget() => Array.Clear(_seen);

    /// <summary>Before each input.</summary>
    public void Clear()
    {
        Array.Clear(_hits);
        _forgetLast();
    }

    /// <returns>Whether the input went from one branch to another as none did before, or did it more or less often by an order of magnitude.</returns>
    public bool HasNew()
    {
        var isNew = false;
        var words = MemoryMarshal.Cast<byte, ulong>(_hits);
        for (var word = 0; word < words.Length; word++)
        {
            for (var at = word * sizeof(ulong); words[word] != 0 && at < (word + 1) * sizeof(ulong); at++)
            {
                var order = OrderOf(_hits[at]);
                isNew |= (_seen[at] & order) != order;
                _seen[at] |= order;
            }
        }

        return isNew;
    }

    // AFL's: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more.
    private static byte OrderOf(byte hits) => hits switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}
