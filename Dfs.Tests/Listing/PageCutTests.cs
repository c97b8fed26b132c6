using System.Text;
using Dfs.Core.Listing;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Listing;

public sealed class PageCutTests
{
    // In the order of their UTF-8; the last two would stand the other way round by UTF-16.
    private static readonly string[] Names =
        ["asdf", "boo/bar", "boo/baz/xyzzy", "boo/foo", "cquux/thud", "cquux/zot", "photos", "photos/2026", "\uFB01n", "\U0001F600"];

    private static readonly string[] Pieces = ["a", "b", "/", "//", "é", "\uFB01", "\U0001F600"];

    [Fact]
    public void All_names_are_on_one_page_in_the_order_of_their_UTF8()
    {
        var page = Cut(ListOptions.All);

        Assert.Equal(Names, page.Entries);
        Assert.Empty(page.CommonPrefixes);
        Assert.Equal((false, null), (page.IsTruncated, page.Next));
    }

    [Fact]
    public void Names_and_common_prefixes_count_together_and_a_prefix_once()
    {
        var first = Cut(new ListOptions { Delimiter = "/", CountMax = 3 });
        Assert.Equal(["asdf"], first.Entries);
        Assert.Equal(["boo/", "cquux/"], first.CommonPrefixes);
        Assert.Equal((true, "cquux/"), (first.IsTruncated, first.Next));

        var second = Cut(new ListOptions { Delimiter = "/", After = first.Next });
        Assert.Equal(["photos", "\uFB01n", "\U0001F600"], second.Entries);
        Assert.Equal(["photos/"], second.CommonPrefixes);
        Assert.False(second.IsTruncated);
    }

    [Fact]
    public void What_is_behind_the_prefix_decides_of_the_delimiter()
    {
        var page = Cut(new ListOptions { Prefix = "boo/", Delimiter = "/" });

        Assert.Equal(["boo/bar", "boo/foo"], page.Entries);
        Assert.Equal(["boo/baz/"], page.CommonPrefixes);
        Assert.Equal(["boo/baz/xyzzy"], Cut(new ListOptions { Prefix = "boo/baz/", Delimiter = "/" }).Entries);
    }

    [Theory]
    [InlineData("boo/", "cquux/ photos/")]
    [InlineData("boo/bar", "boo/ cquux/ photos/")]
    [InlineData("boo/foo", "cquux/ photos/")]
    [InlineData("boo0", "cquux/ photos/")]
    [InlineData("z", "")]
    public void After_a_common_prefix_it_is_passed_over_and_after_a_name_in_it_what_is_left_counts(string after, string expected) =>
        Assert.Equal(expected, string.Join(' ', Cut(new ListOptions { Delimiter = "/", After = after }).CommonPrefixes));

    [Fact]
    public void A_delimiter_may_have_several_characters()
    {
        var page = PageCut.Of(
            new ListOptions { Delimiter = "::", CountMax = 2 }, new NamesInOrder(["a", "a:", "a::b", "a::c", "b:c"]));

        Assert.Equal(["a", "a:"], page.Entries);
        Assert.Equal("a:", page.Next);
        Assert.Equal(
            ["a::"],
            PageCut.Of(new ListOptions { Delimiter = "::", After = "a:" }, new NamesInOrder(["a", "a:", "a::b", "a::c", "b:c"]))
                .CommonPrefixes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_page_of_nothing_is_not_truncated(int countMax)
    {
        var page = Cut(new ListOptions { CountMax = countMax });

        Assert.Empty(page.Entries);
        Assert.Equal((false, null), (page.IsTruncated, page.Next));
    }

    [Fact]
    public void A_page_has_at_most_the_limit_and_a_full_last_one_is_not_truncated()
    {
        var names = Enumerable.Range(0, ListOptions.CountLimit + 1).Select(number => $"{number:D6}").ToList();

        Assert.Equal(
            (ListOptions.CountLimit, true),
            (PageCut.Of(new ListOptions { CountMax = int.MaxValue }, new NamesInOrder(names)).Entries.Count, true));
        Assert.False(PageCut.Of(ListOptions.All, new NamesInOrder(names.Skip(1))).IsTruncated);
    }

    // Property: a page is what one gets who looks at all names, and the pages together are the whole listing.
    [Theory, Seeds(200)]
    public void Pages_are_what_a_naive_listing_says(int seed)
    {
        var random = new Random(seed);
        var names = Enumerable.Range(0, random.Next(60)).Select(_ => RandomName(random)).Distinct()
            .Order(NameOrder.Instance).ToList();
        var options = new ListOptions
        {
            Prefix = random.Next(2) == 0 ? "" : RandomName(random, 1),
            Delimiter = random.Next(4) switch { 0 => "", 1 => "//", 2 => "b", _ => "/" },
            After = random.Next(2) == 0 ? null : RandomName(random),
            CountMax = random.Next(1, 8),
        };

        var all = Naive(names, options);
        var given = new List<string>();
        for (var after = options.After; ;)
        {
            var page = PageCut.Of(options with { After = after }, new NamesInOrder(names));
            var items = page.Entries.Concat(page.CommonPrefixes).OrderBy(item => all.IndexOf(item)).ToList();
            Assert.Equal(all.Skip(given.Count).Take(options.CountMax), items);
            given.AddRange(items);
            Assert.Equal(given.Count < all.Count, page.IsTruncated);
            Assert.Equal(page.IsTruncated ? given[^1] : null, page.Next);
            if (!page.IsTruncated)
            {
                break;
            }

            after = page.Next;
        }

        Assert.Equal(all, given);
    }

    [Theory, Seeds(50)]
    public void The_order_of_names_is_that_of_their_bytes(int seed)
    {
        var random = new Random(seed);
        for (var pair = 0; pair < 100; pair++)
        {
            var (left, right) = (RandomName(random), RandomName(random));

            Assert.Equal(
                Math.Sign(Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right))),
                Math.Sign(NameOrder.Instance.Compare(left, right)));
        }
    }

    private static NamePage<string> Cut(ListOptions options) => PageCut.Of(options, new NamesInOrder(Names));

    private static string RandomName(Random random, int piecesMax = 5) =>
        string.Concat(Enumerable.Range(0, random.Next(1, piecesMax + 1)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    /// <summary>Names and common prefixes in their order, by looking at every name.</summary>
    private static List<string> Naive(IEnumerable<string> names, ListOptions options)
    {
        var items = new List<string>();
        foreach (var name in names.Where(name => name.StartsWith(options.Prefix, StringComparison.Ordinal)))
        {
            var item = ItemOf(name, options);
            var isAfter = options.After is not { } after
                || (Encoding.UTF8.GetBytes(name).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(after)) > 0 && !(item == after && item != name));
            if (isAfter && !items.Contains(item))
            {
                items.Add(item);
            }
        }

        return items;
    }

    private static string ItemOf(string name, ListOptions options)
    {
        var at = options.Delimiter.Length == 0 ? -1 : name.IndexOf(options.Delimiter, options.Prefix.Length, StringComparison.Ordinal);
        return at < 0 ? name : name[..(at + options.Delimiter.Length)];
    }
}
