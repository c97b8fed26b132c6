using System.Diagnostics.CodeAnalysis;

namespace Dfs.Tests.Web;

/// <summary>Tests over HTTP share one node; each has an address of its own.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "xunit calls it so.")]
[CollectionDefinition(Name)]
public sealed class WebCollection : ICollectionFixture<WebNode>
{
    public const string Name = "web node";
}
