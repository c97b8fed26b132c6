using Dfs.Core.Folders;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Folders;

public sealed class GlobPatternTests
{
    [Theory]
    [InlineData("*.jpg", "a.jpg", true)]
    [InlineData("*.jpg", "x/a.jpg", false)]
    [InlineData("photos/*", "photos/a", true)]
    [InlineData("photos/*", "photos/2024/a", false)]
    [InlineData("photos/**", "photos/2024/a", true)]
    [InlineData("**/a", "a", true)]
    [InlineData("**/a", "x/y/a", true)]
    [InlineData("**/a", "ba", false)]
    [InlineData("x/**/a", "x/a", true)]
    [InlineData("x/**/a", "x/y/z/a", true)]
    [InlineData("x/**/a", "x/ya", false)]
    [InlineData("?", "é", true)]
    [InlineData("?", "🐘", true)]
    [InlineData("?", "/", false)]
    [InlineData("[a-c]1", "b1", true)]
    [InlineData("[a-c]1", "d1", false)]
    [InlineData("[!a-c]1", "d1", true)]
    [InlineData("[!a-c]1", "/1", false)]
    [InlineData("[]]", "]", true)]
    [InlineData("a[", "a[", true)]
    [InlineData("[a-]", "-", true)]
    [InlineData("", "", true)]
    [InlineData("*", "", true)]
    public void A_pattern_means_what_shells_mean(string pattern, string name, bool matches) =>
        Assert.Equal(matches, new GlobPattern(pattern).Matches(name));

    [Fact]
    public void The_literal_beginning_is_what_a_listing_can_be_asked_for()
    {
        Assert.Equal(("photos/20", "photos/"), (new GlobPattern("photos/20*/a?").LiteralPrefix, new GlobPattern("photos/20*/a?").LiteralFolder));
        Assert.Equal(("plain", ""), (new GlobPattern("plain").LiteralPrefix, new GlobPattern("plain").LiteralFolder));
    }

    // A matcher that tries one way after the other takes longer than this machine will be there.
    [Fact]
    public void A_pattern_that_matches_in_countless_ways_is_answered_at_once() =>
        Assert.False(new GlobPattern(string.Concat(Enumerable.Repeat("a*", 100)) + "b").Matches(new string('a', 1000)));

    // Oracle: the same by trying every way, over a small alphabet in which all of them occur.
    [Theory, Seeds(100)]
    public void It_agrees_with_trying_every_way(int seed)
    {
        var random = new Random(seed);
        for (var step = 0; step < 100; step++)
        {
            var pattern = Text("ab/*?", 7);
            var name = Text("ab/", 7);
            Assert.True(Naive(pattern, name, atPart: true) == new GlobPattern(pattern).Matches(name), $"'{pattern}' and '{name}'");
        }

        string Text(string letters, int lengthMax) => new([.. Enumerable.Range(0, random.Next(lengthMax)).Select(_ => letters[random.Next(letters.Length)])]);
    }

    private static bool Naive(string pattern, string name, bool atPart)
    {
        if (pattern.Length == 0)
        {
            return name.Length == 0;
        }

        if (pattern.StartsWith("**/", StringComparison.Ordinal) && atPart)
        {
            var rest = pattern[3..];
            return Naive(rest, name, atPart: true)
                || Enumerable.Range(1, name.Length).Any(end => name[end - 1] == '/' && Naive(rest, name[end..], atPart: true));
        }

        if (pattern.StartsWith("**", StringComparison.Ordinal))
        {
            return Enumerable.Range(0, name.Length + 1).Any(end => Naive(pattern[2..], name[end..], atPart: false));
        }

        if (pattern[0] == '*')
        {
            return Enumerable.Range(0, name.Length + 1).TakeWhile(end => !name[..end].Contains('/')).Any(end => Naive(pattern[1..], name[end..], atPart: false));
        }

        return name.Length > 0 && (pattern[0] == '?' ? name[0] != '/' : pattern[0] == name[0])
            && Naive(pattern[1..], name[1..], atPart: pattern[0] == '/');
    }
}
