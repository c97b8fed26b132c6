using System.Buffers.Binary;
using Dfs.Core.Chunking;
using Dfs.Core.Crypto;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Chunking;

public sealed class ContentCutterTests
{
    private static readonly CutProfile Small = CutProfile.Small;

    // Made by a second implementation (Python). Stored content must be cut alike by every later version.
    [Fact]
    public void Cuts_the_golden_stream_as_format_1_does()
    {
        var cuts = CutAll(GoldenStream(1_000_000), new CuttingKey(TestBytes.From(0)), Small);

        Assert.Equal(
            [77442, 72538, 94047, 66241, 67785, 53824, 71569, 79607, 90554, 69611, 71538, 78942, 70994, 35308], cuts);
    }

    // Property: whatever the arrival sizes, cuts are the same, and the same as those of a naive cutter.
    [Theory, Seeds(40)]
    public void Arrival_sizes_do_not_matter_and_a_naive_cutter_agrees(int seed)
    {
        var random = new Random(seed);
        var bytes = Content(random, random.Next(0, 1_500_000));
        var expected = NaiveCuts(bytes, KeyOf(seed), Small);

        Assert.Equal(expected, CutAll(bytes, KeyOf(seed), Small));
        Assert.Equal(expected, CutArriving(bytes, KeyOf(seed), Small, () => random.Next(1, 100_000)));
    }

    [Fact]
    public void Bytes_that_arrive_in_drops_cost_no_second_look()
    {
        var bytes = TestBytes.Random(4, 300_000);

        var cuts = CutArriving(bytes, KeyOf(4), Small, () => 7);

        Assert.Equal(CutAll(bytes, KeyOf(4), Small), cuts);
    }

    [Theory, Seeds(20)]
    public void All_chunks_but_the_last_are_within_the_limits(int seed)
    {
        var random = new Random(seed);
        var bytes = Content(random, 2_000_000);

        var cuts = CutAll(bytes, KeyOf(seed), Small);

        Assert.Equal(bytes.Length, cuts.Sum());
        Assert.All(cuts[..^1], size => Assert.InRange(size, Small.SizeBytesMin, Small.SizeBytesMax));
        Assert.InRange(cuts[^1], 1, Small.SizeBytesMax);
    }

    [Theory, Seeds(20)]
    public void An_insert_changes_the_cuts_near_it_only(int seed)
    {
        var random = new Random(seed);
        var bytes = TestBytes.Random(seed, 4_000_000);
        var at = random.Next(bytes.Length);
        byte[] changed = [.. bytes[..at], .. TestBytes.Random(seed + 1, random.Next(1, 3_000)), .. bytes[at..]];

        var before = PiecesOf(bytes, KeyOf(9));
        var after = PiecesOf(changed, KeyOf(9));

        // About 50 chunks: an insert costs its own and, until the cuts meet again, a few more.
        Assert.InRange(after.Count(piece => !before.Contains(piece)), 1, 10);
    }

    [Theory]
    [InlineData(false, 20_000_000)]
    [InlineData(true, 8_000_000)]
    public void The_average_is_within_a_quarter_of_what_is_wished(bool isSmall, int sizeBytes)
    {
        var profile = isSmall ? Small : CutProfile.Default;

        var cuts = CutAll(TestBytes.Random(11, sizeBytes), KeyOf(11), profile);

        var average = cuts[..^1].Average();
        Assert.InRange(average, 0.75 * profile.SizeBytesWished, 1.25 * profile.SizeBytesWished);
    }

    [Fact]
    public void Another_key_cuts_elsewhere()
    {
        var bytes = TestBytes.Random(3, 2_000_000);

        var places = Places(CutAll(bytes, KeyOf(1), Small));

        Assert.Single(Places(CutAll(bytes, KeyOf(2), Small)).Intersect(places));
    }

    [Fact]
    public void Constant_bytes_are_cut_at_the_limits()
    {
        var cuts = CutAll(new byte[1_000_000], KeyOf(1), Small);

        Assert.All(cuts[..^1], size => Assert.True(size == Small.SizeBytesMax || size == Small.SizeBytesMin));
    }

    [Fact]
    public void An_empty_stream_has_no_chunk_and_a_short_one_has_one()
    {
        using var cutter = new ContentCutter(KeyOf(1), Small);

        Assert.Equal(0, cutter.FindCut([], isLast: true));
        Assert.Equal(0, cutter.FindCut(new byte[100], isLast: false));
        Assert.Equal(100, cutter.FindCut(new byte[100], isLast: true));
    }

    /// <summary>xorshift64 (Marsaglia, 2003: 13, 7, 17) from 88172645463325252, big-endian words.</summary>
    private static byte[] GoldenStream(int sizeBytes)
    {
        var bytes = new byte[sizeBytes];
        var state = 88172645463325252UL;
        for (var at = 0; at < sizeBytes; at += 8)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(at), state);
        }

        return bytes;
    }

    private static CuttingKey KeyOf(int seed) => new(TestBytes.Random(seed, 32));

    /// <summary>Random with stretches that repeat, as files have.</summary>
    private static byte[] Content(Random random, int sizeBytes)
    {
        var bytes = new byte[sizeBytes];
        random.NextBytes(bytes);
        for (var at = 0; at < sizeBytes; at += random.Next(1, 200_000))
        {
            bytes.AsSpan(at, Math.Min(random.Next(40_000), sizeBytes - at)).Fill((byte)random.Next(3));
        }

        return bytes;
    }

    private static int[] CutAll(byte[] bytes, CuttingKey key, CutProfile profile)
    {
        using var cutter = new ContentCutter(key, profile);
        var cuts = new List<int>();
        for (var at = 0; at < bytes.Length; at += cuts[^1])
        {
            var window = bytes.AsSpan(at, Math.Min(profile.SizeBytesMax, bytes.Length - at));
            cuts.Add(cutter.FindCut(window, isLast: at + window.Length == bytes.Length));
        }

        return [.. cuts];
    }

    private static int[] CutArriving(byte[] bytes, CuttingKey key, CutProfile profile, Func<int> nextArrival)
    {
        using var cutter = new ContentCutter(key, profile);
        var cuts = new List<int>();
        var (start, arrived) = (0, 0);
        while (start < bytes.Length)
        {
            var window = bytes.AsSpan(start, Math.Min(profile.SizeBytesMax, arrived - start));
            var cut = cutter.FindCut(window, isLast: arrived == bytes.Length && start + window.Length == arrived);
            if (cut > 0)
            {
                cuts.Add(cut);
                start += cut;
            }
            else
            {
                arrived = Math.Min(bytes.Length, arrived + nextArrival());
            }
        }

        return [.. cuts];
    }

    /// <summary>The oracle: sums the window anew at every place.</summary>
    private static int[] NaiveCuts(byte[] bytes, CuttingKey key, CutProfile profile)
    {
        using var gear = new GearTable(key);
        var numbers = gear.Numbers;
        var cuts = new List<int>();
        var start = 0;
        ulong hash = 0;
        for (var end = 1; end <= bytes.Length; end++)
        {
            hash = unchecked((hash << 1) + numbers[bytes[end - 1]]);
            var size = end - start;
            var limit = size < profile.SizeBytesWished ? profile.StrictLimit : profile.EasyLimit;
            if ((size >= profile.SizeBytesMin && hash <= limit) || size == profile.SizeBytesMax || end == bytes.Length)
            {
                cuts.Add(size);
                start = end;
            }
        }

        return [.. cuts];
    }

    private static HashSet<string> PiecesOf(byte[] bytes, CuttingKey key)
    {
        var at = 0;
        return [.. CutAll(bytes, key, Small).Select(size =>
            Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes.AsSpan((at += size) - size, size))))];
    }

    private static HashSet<int> Places(int[] cuts)
    {
        var at = 0;
        return [.. cuts.Select(size => at += size)];
    }
}
