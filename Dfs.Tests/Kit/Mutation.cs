namespace Dfs.Tests.Kit;

/// <summary>Damages bytes the way that disks, networks and attackers do: flips, cuts, growth, lengths.</summary>
internal static class Mutation
{
    public static byte[] Of(byte[] source, Random random)
    {
        var bytes = source.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            switch (bytes.Count == 0 ? 3 : random.Next(5))
            {
                case 0: bytes[random.Next(bytes.Count)] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[random.Next(bytes.Count)] = 0xFF; break;
                case 2: bytes.RemoveRange(random.Next(bytes.Count), 1); break;
                case 3: bytes.Insert(random.Next(bytes.Count + 1), (byte)random.Next(256)); break;
                default: bytes.RemoveRange(bytes.Count / 2, random.Next(bytes.Count - bytes.Count / 2)); break;
            }
        }

        return [.. bytes];
    }
}
