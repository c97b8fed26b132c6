namespace Dfs.Tests.Fuzz;

/// <summary>A parser of bytes that come from outside, and what must hold whatever they are.</summary>
/// <param name="Name">Lower case with dashes; chooses it by hand, and stands in the corpus.</param>
/// <param name="Seeds">Inputs that are taken; mutations begin with them.</param>
/// <param name="Parse">
/// Parses, and checks what the parser promises, by <see cref="Promise"/>. Returns a number that tells results of different shape apart
/// (how many items, which variant); 0 when it was refused with a value. Throws nothing but <paramref name="Refusals"/>.
/// </param>
/// <param name="Refusals">The exceptions that the parser documents.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, Func<byte[], int> Parse, params Type[] Refusals)
{
    /// <summary>Inputs that are refused, and yet good to begin with.</summary>
    public IReadOnlyList<byte[]> Refused { get; init; } = [];

    /// <summary>Words of the format, put into inputs and over parts of them.</summary>
    public IReadOnlyList<byte[]> Words { get; init; } = [];

    /// <summary>Makes sums right again after a mutation, so that what is behind them is reached too; null when there are none.</summary>
    public Func<byte[], byte[]>? Mend { get; init; }

    /// <summary>Inputs are cut to it.</summary>
    public int InputBytesMax { get; init; } = 4 * 1024;

    /// <summary>What one input may make the parser allocate, exceptions and checks of promises included: this much…</summary>
    public int AllocatedBytesBase { get; init; } = 64 * 1024;

    /// <summary>… and so much for each of its bytes.</summary>
    public int AllocatedBytesPerByte { get; init; } = 64;

    /// <summary>How many inputs CI tries in each of its rounds; fewer where one takes long.</summary>
    public int InputsInCi { get; init; } = 10_000;

    public override string ToString() => Name;

    /// <summary>Something that the parser promises of everything that it takes.</summary>
    public static void Promise(bool holds, string what)
    {
        if (!holds)
        {
            throw new FuzzPromiseException(what);
        }
    }

    /// <summary>A format with one encoding for each value: what was taken is written as it came.</summary>
    /// <returns>1, or more for more bytes.</returns>
    public static int Canonical(ReadOnlySpan<byte> input, ReadOnlySpan<byte> written)
    {
        Promise(input.SequenceEqual(written), $"it is written as it came; it came back as {Convert.ToHexStringLower(written)}");
        return Shape(input.Length);
    }

    /// <summary>A count in steps of powers of two, above zero.</summary>
    public static int Shape(long count) => 1 + System.Numerics.BitOperations.Log2((ulong)Math.Max(1, count));
}

/// <summary>A parser took an input and broke what it promises of inputs that it takes.</summary>
internal sealed class FuzzPromiseException(string message) : Exception(message);
