using System.Text;

namespace Dfs.Core.Listing;

/// <summary>Walks those of another cursor's names that begin with one of some prefixes; what lies between is passed over by one seek.</summary>
public sealed class NamesWithin<T> : INameCursor<T>
{
    private readonly INameCursor<T> _names;
    private readonly byte[][] _prefixes;

    /// <param name="prefixes">None of them begins another.</param>
    public NamesWithin(INameCursor<T> names, IEnumerable<string> prefixes)
    {
        _names = names;
        _prefixes = [.. prefixes.Order(NameOrder.Instance).Select(Encoding.UTF8.GetBytes)];
    }

    public ReadOnlySpan<byte> Name => _names.Name;

    public T Entry => _names.Entry;

    public bool Seek(ReadOnlySpan<byte> from) => _names.Seek(from) && Settle();

    public bool MoveNext() => _names.MoveNext() && Settle();

    /// <summary>Goes on from where the cursor is to the first name that counts.</summary>
    private bool Settle()
    {
        foreach (var prefix in _prefixes)
        {
            if (_names.Name.SequenceCompareTo(prefix) < 0 && !_names.Seek(prefix))
            {
                return false;
            }

            if (_names.Name.StartsWith(prefix))
            {
                return true;
            }
        }

        return false;
    }
}
