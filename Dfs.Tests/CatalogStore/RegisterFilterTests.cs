using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;
using Dfs.Tests.Kit;

namespace Dfs.Tests.CatalogStore;

public class RegisterFilterTests
{
    // Property: what was added is never denied; of what was not, few are not denied.
    [Theory, Seeds(3)]
    public void What_was_added_is_never_denied_and_most_others_are(int seed)
    {
        var random = new Random(seed);
        var filter = new RegisterFilter(0);
        var added = Enumerable.Range(0, RegisterFilter.RowsMin).Select(_ => Register(random)).ToList();

        added.ForEach(filter.Add);

        Assert.All(added.Take(10_000), register => Assert.True(filter.MayHave(register)));
        Assert.InRange(Enumerable.Range(0, 100_000).Count(_ => filter.MayHave(Register(random))), 0, 500);
    }

    [Fact]
    public void An_empty_filter_denies_everything() => Assert.False(new RegisterFilter(0).MayHave(Register(new Random(1))));

    private static RegisterId Register(Random random)
    {
        var bytes = new byte[Bytes32.SizeBytes];
        random.NextBytes(bytes);
        return new RegisterId(bytes);
    }
}
