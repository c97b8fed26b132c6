using Dfs.Node.Cli;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dfs.Tests.Cli;

public class NodeLogFormatterTests
{
    private const string Hash = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    [Theory]
    [InlineData($"Chunk {Hash} is damaged", "Chunk 000102030405 is damaged")]
    [InlineData("replica 02a446451ad15b9cb237988bcc1485c4, start 1", "replica 02a446451ad1, start 1")]
    [InlineData($"{Hash} and {Hash}.", "000102030405 and 000102030405.")]
    [InlineData("0123456789abcdef0123456789abcde stays", "0123456789abcdef0123456789abcde stays")]
    [InlineData("a key of the user's: deadbeefdeadbeefdeadbeefdeadbeefXYZ", "a key of the user's: deadbeefdeadbeefdeadbeefdeadbeefXYZ")]
    [InlineData("one\nline\r\nonly", "one line only")]
    public void Ids_are_cut_to_twelve_digits_and_an_event_is_one_line(string text, string logged) =>
        Assert.Equal($"1970-01-01T00:00:01.250Z warn: Store {logged}{Environment.NewLine}", Written(text, null));

    [Fact]
    public void What_failed_stands_on_the_same_line()
    {
        var line = Written("failed", new InvalidOperationException($"why {Hash}\nat once"));

        Assert.Contains("failed System.InvalidOperationException: why 000102030405 at once", line, StringComparison.Ordinal);
        Assert.Single(line.TrimEnd().Split('\n'));
    }

    private static string Written(string text, Exception? failure)
    {
        using var output = new StringWriter();
        new NodeLogFormatter(new FixedTime()).Write(
            new LogEntry<string>(LogLevel.Warning, "Store", default, text, failure, (state, _) => state), null, output);
        return output.ToString();
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddMilliseconds(1250);
    }
}
