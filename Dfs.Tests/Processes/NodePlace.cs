namespace Dfs.Tests.Processes;

/// <summary>Where a node's process runs.</summary>
/// <param name="Host">The address that it listens on.</param>
/// <param name="Launcher">A command that becomes the node, such as <c>ip netns exec NAME</c>.</param>
/// <param name="Environment">Added to this process's own.</param>
internal sealed record NodePlace(string Host, IReadOnlyList<string> Launcher, IReadOnlyDictionary<string, string> Environment)
{
    public static readonly NodePlace Loopback = new("127.0.0.1", [], new Dictionary<string, string>());
}
