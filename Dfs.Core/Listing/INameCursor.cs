namespace Dfs.Core.Listing;

/// <summary>Walks the names of a bucket in the ordinal order of their UTF-8.</summary>
/// <typeparam name="T">What is known of a name.</typeparam>
public interface INameCursor<out T>
{
    /// <summary>Goes to the first name at or after these bytes, which need not be UTF-8.</summary>
    /// <returns>False when there is none.</returns>
    bool Seek(ReadOnlySpan<byte> from);

    /// <summary>Goes to the next name; only after a <see cref="Seek"/> or a move that found one.</summary>
    /// <returns>False when there is none.</returns>
    bool MoveNext();

    /// <summary>UTF-8 of the name at which the cursor is; valid until it moves.</summary>
    ReadOnlySpan<byte> Name { get; }

    /// <summary>What is known of it.</summary>
    T Entry { get; }
}
