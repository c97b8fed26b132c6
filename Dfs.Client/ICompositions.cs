using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Client;

/// <summary>Makes files of content that is stored already, and changes what is kept beside it; no content is read or sent.</summary>
/// <remarks>Thread-safe; outcomes are values.</remarks>
public interface ICompositions
{
    /// <summary>Stores a file whose content is that of the parts, one after the other.</summary>
    /// <remarks>The parts stay as they are; the new file needs their chunks, under a key of its own.</remarks>
    /// <param name="parts">At least one; NotFound when one is gone.</param>
    Task<PutResult> PutAsync(ObjectKey key, IReadOnlyList<FilePart> parts, PutOptions options, CancellationToken cancellationToken);

    /// <summary>Changes what is kept beside a version: its tags, its metadata; its content, time and id stay.</summary>
    /// <param name="version">Null is the current one.</param>
    /// <param name="change">May run again; what it gives must pass <see cref="FileFacts.Refusal"/>.</param>
    Task<RemoveResult> ChangeFactsAsync(
        ObjectKey key, VersionId? version, Func<FileFacts, FileFacts> change, CancellationToken cancellationToken);
}

/// <summary>Content for a new file.</summary>
/// <param name="Version">Null is the current one.</param>
public sealed record FilePart(ObjectKey Key, VersionId? Version = null);
