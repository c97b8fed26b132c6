using System.Globalization;

namespace Dfs.Gateway.S3.Sealing;

/// <summary>Which parts a sealed object is made of: the number and size of each, in their order.</summary>
/// <remarks>Kept as text: runs "FIRST*COUNT:SIZE" of parts with following numbers and equal sizes in bytes, separated by commas.</remarks>
public sealed record SealedParts(IReadOnlyList<(int Number, long SizeBytes)> Parts)
{
    /// <summary>Metadata under this name is the text; without it, an object is one piece.</summary>
    public const string Name = "sse-c-parts";

    /// <summary>2,048 characters, about a hundred runs.</summary>
    private const int CharsMax = 2048;

    /// <exception cref="S3Exception">The sizes are too many different ones.</exception>
    public string ToText()
    {
        var runs = new List<string>();
        for (var i = 0; i < Parts.Count;)
        {
            var (first, size) = Parts[i];
            var count = Parts.Skip(i).TakeWhile((part, index) => part.Number == first + index && part.SizeBytes == size).Count();
            runs.Add(string.Create(CultureInfo.InvariantCulture, $"{first}*{count}:{size}"));
            i += count;
        }

        var text = string.Join(',', runs);
        return text.Length <= CharsMax ? text
            : throw new S3Exception(S3Error.InvalidRequest.Saying("Parts with a customer's key have one size, or a few, and numbers that follow each other."));
    }

    public static SealedParts Of(IReadOnlyDictionary<string, string> metadata, long sizeBytes) =>
        metadata.TryGetValue(Name, out var text) ? new SealedParts([.. text.Split(',').SelectMany(Run)]) : new SealedParts([(0, sizeBytes)]);

    private static IEnumerable<(int Number, long SizeBytes)> Run(string text)
    {
        var numbers = text.Split('*', ':').Select(number => long.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture)).ToArray();
        return Enumerable.Range((int)numbers[0], (int)numbers[1]).Select(number => (number, numbers[2]));
    }
}
