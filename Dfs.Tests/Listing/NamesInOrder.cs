using System.Text;
using Dfs.Core.Listing;

namespace Dfs.Tests.Listing;

/// <summary>A cursor over a list that was sorted before, by looking through all of it.</summary>
internal sealed class NamesInOrder(IEnumerable<string> names) : INameCursor<string>
{
    private readonly List<byte[]> _names = [.. names.Select(Encoding.UTF8.GetBytes)];
    private int _at;

    public ReadOnlySpan<byte> Name => _names[_at];

    public string Entry => Encoding.UTF8.GetString(_names[_at]);

    public bool Seek(ReadOnlySpan<byte> from)
    {
        for (_at = 0; _at < _names.Count && _names[_at].AsSpan().SequenceCompareTo(from) < 0; _at++)
        {
        }

        return _at < _names.Count;
    }

    public bool MoveNext() => ++_at < _names.Count;
}
