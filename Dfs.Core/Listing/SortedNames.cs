using System.Text;

namespace Dfs.Core.Listing;

/// <summary>Walks entries that are in memory.</summary>
/// <param name="entries">In the order of <see cref="NameOrder"/>.</param>
public sealed class SortedNames<T>(IEnumerable<T> entries, Func<T, string> nameOf) : INameCursor<T>
{
    private readonly (byte[] Name, T Entry)[] _entries = [.. entries.Select(entry => (Encoding.UTF8.GetBytes(nameOf(entry)), entry))];
    private int _at;

    public ReadOnlySpan<byte> Name => _entries[_at].Name;

    public T Entry => _entries[_at].Entry;

    public bool Seek(ReadOnlySpan<byte> from)
    {
        var (low, high) = (0, _entries.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _entries[middle].Name.AsSpan().SequenceCompareTo(from) < 0 ? (middle + 1, high) : (low, middle);
        }

        _at = low;
        return _at < _entries.Length;
    }

    public bool MoveNext() => ++_at < _entries.Length;
}
