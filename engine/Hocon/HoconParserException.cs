namespace Hocon;

/// <summary>The text is not HOCON, or a substitution in it cannot be resolved.</summary>
public sealed class HoconParserException : Exception
{
    internal HoconParserException(string what, int line, int position, Exception? inner = null)
        : base($"Line {line}, position {position}: {what}.", inner)
    {
        What = what;
        LineNumber = line;
        LinePosition = position;
    }

    /// <summary>Counted from one; of the included text when the fault is there.</summary>
    public int LineNumber { get; }

    /// <summary>Counted from one.</summary>
    public int LinePosition { get; }

    /// <summary>The message without the place.</summary>
    internal string What { get; } = "";
}
