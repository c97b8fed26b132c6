using System.Collections.Immutable;
using Dfs.Core.Crypto;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Crypto;

public sealed class RecoveryPhraseTests
{
    // Made by a second implementation (Python); docs/formats/keyring.md shows it.
    private const string Golden =
        """
        040JR 08923 4CJ2Y A9H7N 50MJQ
        MASCD 5MQ2T YC1HY 68SKF 8D9P8
        6WW3Q JEHV7 7GYKV WFR0Q 0000E
        28929 4CJ2C A9H77 50MJ1 MASCV
        5MQ28 YC1HC 68SKH 8D9PP 6WW35
        JEHVN 7GYKD WFT0H VD4VQ FRXE4
        """;

    [Fact]
    public void A_phrase_is_written_as_in_format_1()
    {
        using var keys = KeysOf(0x20, (1, 0x21));

        Assert.Equal(Golden.ReplaceLineEndings("\n"), RecoveryPhrase.Encode(keys));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void What_was_written_down_gives_the_same_keys(int epochs)
    {
        using var keys = KeysOf(7, [.. Enumerable.Range(3, epochs).Select(epoch => ((uint)epoch, (byte)(epoch * 40)))]);

        Assert.True(RecoveryPhrase.TryDecode(RecoveryPhrase.Encode(keys), out var read, out _));

        Assert.True(read.Root.HasSameBytes(keys.Root));
        Assert.Equal(keys.Epochs.Keys, read.Epochs.Keys);
        Assert.All(keys.Epochs, epoch => Assert.True(read.Epochs[epoch.Key].HasSameBytes(epoch.Value)));
        read.Dispose();
    }

    [Fact]
    public void Case_spaces_dashes_and_letters_that_look_like_digits_do_not_matter()
    {
        var typed = Golden.Replace(" ", "-", StringComparison.Ordinal).Replace('0', 'o').Replace('1', 'l').ToLowerInvariant();

        Assert.True(RecoveryPhrase.TryDecode(typed, out var keys, out _));
        Assert.Equal("d7ae64fc04102044200f6bc9cfd987f7deb5bee1527f8ce7121658b982fc9c14", keys.Id.ToString());
    }

    [Fact]
    public void Every_wrong_character_is_named_by_its_group()
    {
        var phrase = Golden.ReplaceLineEndings(" ");
        for (var at = 0; at < phrase.Length; at++)
        {
            foreach (var wrong in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".Where(c => c != phrase[at] && phrase[at] != ' '))
            {
                Refused(phrase[..at] + wrong + phrase[(at + 1)..], $"Group {(at / 6) + 1} ");
            }
        }
    }

    [Fact]
    public void Characters_and_groups_that_changed_places_are_noticed()
    {
        var groups = Golden.ReplaceLineEndings(" ").Split(' ');
        for (var i = 0; i < groups.Length; i++)
        {
            for (var j = i + 1; j < groups.Length; j++)
            {
                var swapped = groups.ToArray();
                (swapped[i], swapped[j]) = (groups[j], groups[i]);
                Refused(string.Join(' ', swapped), $"Group {i + 1} ");
            }

            for (var at = 0; at < 3; at++)
            {
                var chars = groups[i].ToCharArray();
                (chars[at], chars[at + 1]) = (chars[at + 1], chars[at]);
                if (new string(chars) != groups[i])
                {
                    Refused(string.Join(' ', [.. groups[..i], new string(chars), .. groups[(i + 1)..]]), $"Group {i + 1} ");
                }
            }
        }
    }

    [Fact]
    public void What_is_too_short_too_long_or_something_else_is_refused_with_a_reason()
    {
        var phrase = Golden.ReplaceLineEndings(" ");
        Refused("", "0 characters");
        Refused(phrase[..^1], "149 characters");
        Refused(phrase[..^12], "all there");
        Refused($"{phrase} {phrase}", "Group 31 ");
        Refused(string.Concat(Enumerable.Repeat(phrase, 4)), "longer");
        Refused("040JR 0892U", "'U'");
        Refused(new string('0', 10_000), "longer");
    }

    private static void Refused(string text, string reason)
    {
        Assert.False(RecoveryPhrase.TryDecode(text, out _, out var refusal), text);
        Assert.Contains(reason, refusal, StringComparison.Ordinal);
    }

    private static OwnerKeys KeysOf(byte root, params (uint Epoch, byte Secret)[] epochs) => new(
        new RootKey(TestBytes.From(root)),
        epochs.ToImmutableSortedDictionary(epoch => new KeyEpoch(epoch.Epoch), epoch => new EpochSecret(TestBytes.From(epoch.Secret))));
}
