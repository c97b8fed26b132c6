namespace Dfs.Tests.Fuzz;

/// <summary>Makes an input that fails as short and plain as it can be while it still fails.</summary>
internal static class Shrink
{
    /// <summary>4,096 tries: enough for some KiB, and soon over.</summary>
    private const int TriesMax = 4096;

    public static byte[] Bytes(byte[] input, Func<byte[], bool> fails)
    {
        var tries = TriesMax;
        for (var pieceBytes = Math.Max(1, input.Length / 2); pieceBytes > 0 && tries > 0; pieceBytes /= 2)
        {
            for (var at = 0; at + pieceBytes <= input.Length && tries-- > 0;)
            {
                byte[] shorter = [.. input[..at], .. input[(at + pieceBytes)..]];
                if (fails(shorter))
                {
                    input = shorter;
                }
                else
                {
                    at += pieceBytes;
                }
            }
        }

        for (var at = 0; at < input.Length && tries-- > 0; at++)
        {
            var plainer = input.ToArray();
            plainer[at] = 0;
            input = input[at] != 0 && fails(plainer) ? plainer : input;
        }

        return input;
    }
}
