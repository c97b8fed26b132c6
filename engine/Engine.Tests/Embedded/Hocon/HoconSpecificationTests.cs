using Hocon;

namespace Engine.Tests.Embedded.Hocon;

/// <summary>The examples of the HOCON specification (lightbend/config, HOCON.md), section by section.</summary>
public class HoconSpecificationTests
{
    [Theory]
    // Omit root braces; key-value separator; commas
    [InlineData("a = 1", "a", "1")]
    [InlineData("{ \"a\" : 1 }", "a", "1")]
    [InlineData("a { b : 1 }", "a.b", "1")]
    [InlineData("a : 1, b : 2,", "b", "2")]
    [InlineData("a\n:\n1", "a", "1")]
    [InlineData("\uFEFFa = 1", "a", "1")]
    // Comments
    [InlineData("a = 1 # one\n// b = 2\nc = 3 // three", "c", "3")]
    [InlineData("a = \"# no // comment\"", "a", "# no // comment")]
    // Unquoted strings and value concatenation
    [InlineData("a =   x   y   ", "a", "x   y")]
    [InlineData("a = 10s", "a", "10s")]
    [InlineData("a = 1e+5", "a", "1e+5")]
    [InlineData("a = foo \"bar\" 42 true", "a", "foo bar 42 true")]
    [InlineData("a = /usr/bin", "a", "/usr/bin")]
    // Quoted and multi-line strings
    [InlineData("a = \"x\\n\\u0041\\\"\"", "a", "x\nA\"")]
    [InlineData("a = \"\"\"one\ntwo \\n \"three\"\"\"\"", "a", "one\ntwo \\n \"three\"")]
    // Path expressions and paths as keys
    [InlineData("a.b.c = 1", "a.b.c", "1")]
    [InlineData("\"a.b\".c = 1", "\"a.b\".c", "1")]
    [InlineData("a b.c d = 1", "\"a b\".\"c d\"", "1")]
    [InlineData("10.0foo = 1", "10.0foo", "1")]
    [InlineData("true = 1", "true", "1")]
    [InlineData("\"\" = 1", "\"\"", "1")]
    [InlineData("include = 1", "include", "1")]
    [InlineData("included = 1", "included", "1")]
    // Duplicate keys and object merging
    [InlineData("a = 1, a = 2", "a", "2")]
    [InlineData("foo { a : 42 }, foo { b : 43 }", "foo.a", "42")]
    [InlineData("foo { a : 42 }, foo = { b : 43 }", "foo.b", "43")]
    [InlineData("a { x = 1 }, a = 2, a { y = 3 }", "a.y", "3")]
    // Substitutions
    [InlineData("a = ${b}, b = 1", "a", "1")]
    [InlineData("a = x${b}z, b = y", "a", "xyz")]
    [InlineData("a = \"${b}\"", "a", "${b}")]
    [InlineData("a = v ${?nothing} w", "a", "v  w")]
    [InlineData("a = ${?nothing} w", "a", " w")]
    [InlineData("a = 1, a = ${?a}${?b}, b = 2", "a", "12")]
    [InlineData("a = 1, a = ${?nothing}", "a", "1")]
    [InlineData("b { c = 1 }, a = ${b} { d = 2 }", "a.c", "1")]
    [InlineData("b { c = 1 }, a = ${b} { c = 2 }", "a.c", "2")]
    [InlineData("b { c = 1 }, a = ${b}, a.c = 2", "a.c", "2")]
    [InlineData("b { c = 1 }, a = ${b}, a.c = 2", "b.c", "1")]
    [InlineData("a = ${b}5, b = 1", "a", "15")]
    // Self-referential substitutions
    [InlineData("a = 1, a = ${a}2", "a", "12")]
    [InlineData("a = ${?a}foo", "a", "foo")]
    [InlineData("bar : { foo : 42, baz : ${bar.foo} }", "bar.baz", "42")]
    [InlineData("bar : { foo : 42, baz : ${bar.foo} }, bar : { foo : 43 }", "bar.baz", "43")]
    [InlineData("bar : { a : ${foo.d}, b : 1 }, bar.b = 3, foo : { c : ${bar.b}, d : 2 }, foo.d = 4", "bar.a", "4")]
    [InlineData("bar : { a : ${foo.d}, b : 1 }, bar.b = 3, foo : { c : ${bar.b}, d : 2 }, foo.d = 4", "foo.c", "3")]
    [InlineData("foo : { a : { c : 1 } }, foo : ${foo.a}, foo : { a : 2 }", "foo.c", "1")]
    [InlineData("foo : { a : { c : 1 } }, foo : ${foo.a}, foo : { a : 2 }", "foo.a", "2")]
    [InlineData("foo : ${does-not-exist}, foo : 42", "foo", "42")]
    [InlineData("x { q : 10 }, a = ${x}, c = ${x}, c = { e : ${a} }", "c.e.q", "10")]
    [InlineData("a = ${base} { b = ${a.b}2 }, base { b = 1 }", "a.b", "12")]
    [InlineData("a = \u001C x \u3000", "a", "x")]
    public void A_value_is_read_as_the_specification_says(string text, string path, string expected) =>
        Assert.Equal(expected, HoconParser.Parse(text).GetString(path));

    [Theory]
    [InlineData("a = [1,2,3]", "1 2 3")]
    [InlineData("a = [1\n2\n3,]", "1 2 3")]
    [InlineData("a = [\n# none\n]", "")]
    [InlineData("a = [1] [2,3]", "1 2 3")]
    [InlineData("b = [1], a = ${b} [2]", "1 2")]
    [InlineData("a += 1, a += 2", "1 2")]
    [InlineData("a = [1], a += 2", "1 2")]
    [InlineData("a = [1], a = ${a} [2]", "1 2")]
    [InlineData("x { a += 1 }, x { a += 2 }, a = ${x.a}", "1 2")]
    [InlineData("a = [x, ${?nothing}, y z]", "x y z")]
    [InlineData("a { 1 = y, 0 = x, other = z }", "x y")]
    public void A_list_is_read_as_the_specification_says(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', HoconParser.Parse(text).GetStringList("a")));

    [Fact]
    public void The_environment_is_asked_when_the_text_has_no_value()
    {
        Environment.SetEnvironmentVariable("ENGINE_TESTS_HOCON", "from outside");

        var root = HoconParser.Parse("a = ${ENGINE_TESTS_HOCON}, b = 1, b = ${?ENGINE_TESTS_HOCON}");

        Assert.Equal("from outside", root.GetString("a"));
        Assert.Equal("from outside", root.GetString("b"));
    }

    [Fact]
    public void Objects_in_lists_keep_their_fields()
    {
        var root = HoconParser.Parse("host = h, peers = [ { name = a, at = ${host}1 }, { name = b, at = ${host}2 } ]");

        Assert.Equal(["a@h1", "b@h2"], root.Value.GetObject()["peers"].GetArray()
            .Select(peer => peer.GetObject()).Select(peer => $"{peer["name"].GetString()}@{peer["at"].GetString()}"));
    }
}
