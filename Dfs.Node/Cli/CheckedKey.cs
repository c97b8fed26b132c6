using Dfs.Core.Primitives;

namespace Dfs.Node.Cli;

/// <summary>Refuses a key that no node would take, before anything is sent.</summary>
public static class CheckedKey
{
    /// <exception cref="CliException">The sentence says which limit.</exception>
    public static ObjectKey Require(string bucket, string name) =>
        ObjectKey.TryCreate(bucket, name, out var key, out var refusal)
            ? key
            : throw new CliException(ExitCode.Usage, refusal);
}
