using System.Text;
using Dfs.Core.Primitives;

namespace Dfs.Core.Folders;

/// <summary>A pattern of names whose parts are separated by '/'.</summary>
/// <remarks>
/// <c>*</c> is any number of characters of one part, <c>?</c> one of them, <c>[a-z]</c> and <c>[!a-z]</c> one of a set, <c>**</c> goes over
/// parts, and <c>**/</c> is any number of whole parts, none as well. A bracket that is not closed stands for itself. Matched in
/// name × pattern steps, whatever the pattern, because all ways to match are followed at once.
/// </remarks>
public sealed class GlobPattern
{
    private static readonly Rune Slash = new('/');

    private readonly List<Token> _tokens = [];

    /// <param name="text">At most <see cref="ObjectKey.NameBytesMax"/> characters are looked at by any name, so longer ones match nothing.</param>
    public GlobPattern(string text)
    {
        Text = text;
        var firstWild = text.AsSpan().IndexOfAny('*', '?', '[');
        LiteralPrefix = firstWild < 0 ? text : text[..firstWild];
        Parse([.. text.EnumerateRunes()]);
    }

    public string Text { get; }

    /// <summary>What every name that matches begins with.</summary>
    public string LiteralPrefix { get; }

    /// <summary>The whole parts of <see cref="LiteralPrefix"/>, with the last '/'; empty when it has none.</summary>
    public string LiteralFolder => LiteralPrefix[..(LiteralPrefix.LastIndexOf('/') + 1)];

    public static bool IsPattern(string text) => text.AsSpan().IndexOfAny('*', '?', '[') >= 0;

    public bool Matches(string name)
    {
        var (now, next) = (new bool[_tokens.Count + 1], new bool[_tokens.Count + 1]);
        Enter(now, 0);
        foreach (var rune in name.EnumerateRunes())
        {
            Array.Clear(next);
            for (var at = 0; at < _tokens.Count; at++)
            {
                if (now[at])
                {
                    Step(next, at, rune);
                }
            }

            (now, next) = (next, now);
        }

        return now[^1];
    }

    private void Step(bool[] next, int at, Rune rune)
    {
        var token = _tokens[at];
        switch (token.Kind)
        {
            case Kind.Part when rune != Slash:
            case Kind.Anything:
                Enter(next, at);
                break;
            case Kind.Parts:
                // Only behind a '/' may it end: it stands for whole parts.
                next[at] = true;
                if (rune == Slash)
                {
                    Enter(next, at + 1);
                }

                break;
            case Kind.One when token.Takes(rune):
                Enter(next, at + 1);
                break;
            default:
                break;
        }
    }

    private void Enter(bool[] states, int at)
    {
        states[at] = true;
        if (at < _tokens.Count && _tokens[at].Kind != Kind.One)
        {
            Enter(states, at + 1);
        }
    }

    private void Parse(Rune[] text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            switch (text[at].Value)
            {
                case '*' when Is(at + 1, '*'):
                    var isWhole = (at == 0 || text[at - 1] == Slash) && Is(at + 2, '/');
                    _tokens.Add(new Token(isWhole ? Kind.Parts : Kind.Anything, false, []));
                    at += isWhole ? 2 : 1;
                    break;
                case '*':
                    _tokens.Add(new Token(Kind.Part, false, []));
                    break;
                case '?':
                    _tokens.Add(new Token(Kind.One, true, [(Slash, Slash)]));
                    break;
                case '[' when Array.IndexOf(text, new Rune(']'), Math.Min(at + (Is(at + 1, '!') ? 3 : 2), text.Length)) is var end and > 0:
                    _tokens.Add(SetOf(text.AsSpan(at + 1, end - at - 1)));
                    at = end;
                    break;
                default:
                    _tokens.Add(new Token(Kind.One, false, [(text[at], text[at])]));
                    break;
            }
        }

        bool Is(int at, char wanted) => at < text.Length && text[at].Value == wanted;
    }

    // Between the brackets; one of them at least.
    private static Token SetOf(ReadOnlySpan<Rune> set)
    {
        var isNegated = set[0].Value == '!';
        set = isNegated ? set[1..] : set;
        var ranges = new List<(Rune First, Rune Last)>();
        for (var at = 0; at < set.Length; at++)
        {
            var isRange = at + 2 < set.Length && set[at + 1].Value == '-';
            ranges.Add((set[at], isRange ? set[at + 2] : set[at]));
            at += isRange ? 2 : 0;
        }

        if (isNegated)
        {
            ranges.Add((Slash, Slash));
        }

        return new Token(Kind.One, isNegated, ranges);
    }

    private enum Kind { One, Part, Anything, Parts }

    /// <param name="IsNegated">Takes what is in none of the ranges.</param>
    private sealed record Token(Kind Kind, bool IsNegated, List<(Rune First, Rune Last)> Ranges)
    {
        public bool Takes(Rune rune) => IsNegated != Ranges.Exists(range => range.First <= rune && rune <= range.Last);
    }
}
