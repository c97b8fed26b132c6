namespace Dfs.Node.Shell;

/// <summary>Every message that <see cref="ConsoleActor"/> takes or sends.</summary>
public static class ConsoleProtocol
{
    /// <summary>The one who types → console; answered with <see cref="Answer"/>. Twice is two commands.</summary>
    public sealed record Line(string Text);

    /// <summary>Console → the one who types.</summary>
    /// <param name="Text">One or more lines, errors included: an error is an answer.</param>
    /// <param name="Ended">The one who types asked to leave.</param>
    public sealed record Answer(string Text, bool Ended);
}
