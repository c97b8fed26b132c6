namespace Hocon.Parsing;

internal static class IncludedText
{
    /// <summary>Asks the callback and waits: parsing is synchronous, the callback's type is not.</summary>
    public static string? Fetch(HoconIncludeCallbackAsync include, HoconCallbackType kind, string name, Position at)
    {
        try
        {
            return include(kind, name)?.GetAwaiter().GetResult();
        }
        catch (Exception failure)
        {
            throw new HoconParserException($"the include \"{name}\" failed: {failure.Message}", at.Line, at.Column, failure);
        }
    }
}
