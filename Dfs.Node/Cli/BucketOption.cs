using System.CommandLine;
using Dfs.Core.Primitives;

namespace Dfs.Node.Cli;

/// <summary><c>--bucket</c>, the same in every command that names files.</summary>
public static class BucketOption
{
    public static Option<string> Create() => new("--bucket")
    {
        Description = "The bucket; the console's plain keys live in the default one",
        DefaultValueFactory = static _ => ObjectKey.DefaultBucket,
    };
}
