namespace Dfs.Client;

/// <summary>Looks at a put's content while it is stored, and may refuse it at its end; beside the sealing, so that a slow digest holds up nobody but itself.</summary>
/// <remarks>Told in the content's order, one piece after the other, by whichever thread, and of nothing once the put has returned. For puts by the client of the node that one runs in.</remarks>
internal interface IContentCheck
{
    void Append(ReadOnlySpan<byte> content);

    /// <summary>That was all. Nothing of it can be read before this has returned.</summary>
    /// <exception cref="IOException">It is not what was promised; it is not stored.</exception>
    void End();
}
