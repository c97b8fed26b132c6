namespace Dfs.Node.Shell;

/// <summary>One line of the console, understood.</summary>
public abstract record ConsoleCommand
{
    private ConsoleCommand() { }

    /// <summary><c>write,key,content</c>: stores the text itself.</summary>
    public sealed record Write(string Key, string Content) : ConsoleCommand;

    /// <summary><c>read,key</c>: prints the content as text.</summary>
    public sealed record Read(string Key) : ConsoleCommand;

    /// <summary><c>remove,key</c></summary>
    public sealed record Remove(string Key) : ConsoleCommand;

    /// <summary><c>put,key,path</c>: stores a file of this machine.</summary>
    public sealed record Put(string Key, string Path) : ConsoleCommand;

    /// <summary><c>get,key,path</c>: writes the content to a file of this machine.</summary>
    public sealed record Get(string Key, string Path) : ConsoleCommand;

    /// <summary><c>ls</c>, <c>ls,prefix</c> or <c>ls,prefix,after</c></summary>
    public sealed record List(string Prefix, string? After = null) : ConsoleCommand;

    /// <summary><c>versions,key</c></summary>
    public sealed record Versions(string Key) : ConsoleCommand;

    /// <summary><c>restore,key,version</c></summary>
    public sealed record Restore(string Key, string Version) : ConsoleCommand;

    public sealed record Buckets : ConsoleCommand;

    public sealed record Peers : ConsoleCommand;

    public sealed record Status : ConsoleCommand;

    public sealed record Help : ConsoleCommand;

    public sealed record Quit : ConsoleCommand;

    /// <summary>An empty line.</summary>
    public sealed record Nothing : ConsoleCommand;

    /// <summary>Not understood; the sentence says what was expected.</summary>
    public sealed record Unknown(string Reason) : ConsoleCommand;
}
