using System.Text;

namespace Dfs.Node.Shell;

/// <summary>Reads the console's lines: words parted by commas, the last of which keeps its own commas.</summary>
/// <remarks>
/// A part in double quotes keeps commas and outer spaces; a doubled quote inside stands for one. Without quotes the
/// spaces around a part are dropped, except in a content, which is taken as typed.
/// </remarks>
public static class ConsoleParser
{
    public const string HelpText = """
        write,key,content   store the text (everything after the second comma)
        read,key            print the content
        remove,key          remove it everywhere
        put,key,path        store a file of this machine
        get,key,path        write the content to a file of this machine
        ls[,prefix[,after]] list names, a thousand at a time
        versions,key        list what the file was before, where the bucket keeps it
        restore,key,version make a version the current one again
        buckets             list buckets and their settings
        peers               the nodes that this node knows
        status              how the cluster is
        help                this list
        quit                leave
        A key with commas goes in double quotes: write,"a,b",content
        """;

    public static ConsoleCommand Parse(string line)
    {
        if (line.Trim().Length == 0)
        {
            return new ConsoleCommand.Nothing();
        }

        var (verb, rest) = CutPart(line);
        return verb.ToLowerInvariant() switch
        {
            "write" => Two(rest, "write,key,content", (key, content) => new ConsoleCommand.Write(key, content), content: true),
            "put" => Two(rest, "put,key,path", (key, path) => new ConsoleCommand.Put(key, path)),
            "get" => Two(rest, "get,key,path", (key, path) => new ConsoleCommand.Get(key, path)),
            "read" => One(rest, "read,key", key => new ConsoleCommand.Read(key)),
            "remove" => One(rest, "remove,key", key => new ConsoleCommand.Remove(key)),
            "ls" => List(rest),
            "versions" => One(rest, "versions,key", key => new ConsoleCommand.Versions(key)),
            "restore" => Two(rest, "restore,key,version", (key, version) => new ConsoleCommand.Restore(key, version)),
            "buckets" => new ConsoleCommand.Buckets(),
            "peers" => new ConsoleCommand.Peers(),
            "status" => new ConsoleCommand.Status(),
            "help" or "?" => new ConsoleCommand.Help(),
            "quit" or "exit" => new ConsoleCommand.Quit(),
            _ => new ConsoleCommand.Unknown($"unknown command '{verb}'; help lists the commands"),
        };
    }

    private static ConsoleCommand.List List(string? rest)
    {
        var (prefix, after) = rest is null ? ("", null) : CutPart(rest);
        return new ConsoleCommand.List(prefix, after is null ? null : Last(after));
    }

    private static ConsoleCommand One(string? rest, string form, Func<string, ConsoleCommand> make) =>
        rest is not null && Last(rest) is { Length: > 0 } key ? make(key) : new ConsoleCommand.Unknown($"expected {form}");

    private static ConsoleCommand Two(
        string? rest, string form, Func<string, string, ConsoleCommand> make, bool content = false)
    {
        if (rest is null)
        {
            return new ConsoleCommand.Unknown($"expected {form}");
        }

        var (key, second) = CutPart(rest);
        if (key.Length == 0 || second is null)
        {
            return new ConsoleCommand.Unknown($"expected {form}");
        }

        var value = content && !second.TrimStart().StartsWith('"') ? second : Last(second);
        return content || value.Length > 0 ? make(key, value) : new ConsoleCommand.Unknown($"expected {form}");
    }

    // The last part: quoted, or everything that is left.
    private static string Last(string text)
    {
        var trimmed = text.Trim();
        return trimmed.StartsWith('"') && CutPart(trimmed) is { After: null } whole ? whole.Part : trimmed;
    }

    /// <summary>The first part, and what stands after its comma; null when there is no comma.</summary>
    private static (string Part, string? After) CutPart(string text)
    {
        var start = text.Length - text.TrimStart().Length;
        if (start == text.Length || text[start] != '"')
        {
            var comma = text.IndexOf(',', StringComparison.Ordinal);
            return comma < 0 ? (text.Trim(), null) : (text[..comma].Trim(), text[(comma + 1)..]);
        }

        var part = new StringBuilder();
        var at = start + 1;
        for (; at < text.Length; at++)
        {
            if (text[at] != '"')
            {
                part.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == '"')
            {
                part.Append('"');
                at++;
            }
            else
            {
                break;
            }
        }

        var next = at < text.Length ? text.IndexOf(',', at) : -1;
        return (part.ToString(), next < 0 ? null : text[(next + 1)..]);
    }
}
