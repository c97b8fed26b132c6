using Hocon.Parsing;

namespace Hocon;

/// <summary>Reads text in HOCON, the superset of JSON described at github.com/lightbend/config, HOCON.md.</summary>
public sealed class HoconParser
{
    /// <param name="text">Not blank: an empty configuration is written as <c>{}</c>.</param>
    /// <param name="includeCallback">Without one, includes that are not required are left out.</param>
    /// <exception cref="HoconParserException">Says line, position and what was expected there.</exception>
    public static HoconRoot Parse(string text, HoconIncludeCallbackAsync? includeCallback = null)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new HoconParserException("the text is empty; nothing at all is written as {}", 1, 1);
        }

        return new HoconRoot(Resolver.Resolve(TextParser.Parse(text, includeCallback)));
    }
}
