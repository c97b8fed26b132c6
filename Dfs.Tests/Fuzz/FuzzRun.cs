using System.Diagnostics;

namespace Dfs.Tests.Fuzz;

/// <summary>What one parser did wrong.</summary>
/// <param name="Input">As short as it could be made.</param>
internal sealed record FuzzFailure(string Target, int Seed, string What, byte[] Input)
{
    public override string ToString() => $"{Target}, seed {Seed}: {What}\ninput ({Input.Length} bytes): {Convert.ToHexStringLower(Input)}";
}

/// <summary>Gives a parser one mutated input after the other and keeps those whose outcome is new.</summary>
/// <remarks>
/// Guided by outcomes: an input is kept for further mutation when the kind of its result, or the exception with its message, was not seen
/// before; and by coverage where the parsers are instrumented. Without it the same seed and target give the same inputs.
/// </remarks>
/// <param name="coverage">Null where nothing is instrumented.</param>
internal sealed class FuzzRun(FuzzTarget target, int seed, CodeCoverage? coverage = null)
{
    /// <summary>512 inputs to begin mutations with.</summary>
    private const int PoolMax = 512;

    /// <summary>4,096 outcomes that are told apart.</summary>
    private const int OutcomesMax = 4096;

    /// <summary>1 MiB of stack, less than a thread of the pool has: a parser that recurses as deep as its input says ends the process here.</summary>
    private const int StackBytes = 1024 * 1024;

    /// <summary>A minute for one input, on however busy a machine, is a parser that does not end.</summary>
    private static readonly TimeSpan HangAfter = TimeSpan.FromMinutes(1);

    private readonly Random _random = new(seed);
    private readonly List<byte[]> _pool = [.. target.Seeds, .. target.Refused, .. Corpus.Of(target.Name)];
    private readonly HashSet<ulong> _outcomes = [];
    private readonly List<byte[]> _found = [];
    private long _inputs;
    private bool _hasNewEdge;
    private byte[] _current = [];

    public long Inputs => Interlocked.Read(ref _inputs);

    /// <summary>Outcomes that were told apart.</summary>
    public int Outcomes => _outcomes.Count;

    /// <summary>Inputs with an outcome that neither seeds nor corpus have.</summary>
    public IReadOnlyList<byte[]> Found => _found;

    /// <summary>Tries seeds and corpus, then mutations, on a thread of its own, which is watched.</summary>
    /// <param name="goesOn">Asked with the number of inputs so far.</param>
    /// <returns>Null when all went well.</returns>
    public FuzzFailure? Run(Func<long, bool> goesOn)
    {
        FuzzFailure? failure = null;
        var worker = new Thread(() => failure = Work(goesOn), StackBytes) { IsBackground = true };
        worker.Start();
        var (seen, since) = (-1L, Stopwatch.GetTimestamp());
        while (!worker.Join(TimeSpan.FromMilliseconds(100)))
        {
            if (Inputs != seen)
            {
                (seen, since) = (Inputs, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(since) > HangAfter)
            {
                return new FuzzFailure(target.Name, seed, $"it does not end within {HangAfter}", Volatile.Read(ref _current));
            }
        }

        return failure;
    }

    private FuzzFailure? Work(Func<long, bool> goesOn)
    {
        coverage?.Forget();
        foreach (var input in _pool.ToList())
        {
            // Twice: what is made once, at the first use, is not the input's.
            if ((Try(input) ?? Try(input, isMeasured: true)) is { } broken)
            {
                return Failure(input, broken);
            }
        }

        var mutator = new Mutator(_random, target.InputBytesMax);
        while (goesOn(Inputs))
        {
            var input = mutator.Mutate(_pool[_random.Next(_pool.Count)], _pool[_random.Next(_pool.Count)], target.Words);
            input = target.Mend is { } mend && _random.Next(8) > 0 ? mend(input) : input;
            var outcomes = _outcomes.Count;
            _hasNewEdge = false;
            if (Try(input, isMeasured: true) is { } broken)
            {
                return Failure(input, broken);
            }

            if (_outcomes.Count > outcomes || _hasNewEdge)
            {
                Keep(input);
            }
        }

        return null;
    }

    private void Keep(byte[] input)
    {
        _found.Add(input);
        if (_pool.Count < PoolMax)
        {
            _pool.Add(input);
        }
        else
        {
            _pool[_random.Next(PoolMax)] = input;
        }
    }

    /// <returns>What is wrong; null when nothing is.</returns>
    private string? Try(byte[] input, bool isMeasured = false)
    {
        Volatile.Write(ref _current, input);
        Interlocked.Increment(ref _inputs);
        coverage?.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        string? wrong = null;
        try
        {
            Outcome((ulong)target.Parse(input));
        }
        catch (Exception refusal) when (target.Refusals.Contains(refusal.GetType()))
        {
            Outcome(HashOf(refusal));
        }
        catch (Exception error)
        {
            wrong = $"{error.GetType().Name}: {error.Message}\n{error.StackTrace}";
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        _hasNewEdge |= coverage?.HasNew() is true;
        var allowed = target.AllocatedBytesBase + ((long)target.AllocatedBytesPerByte * input.Length);
        // What grew by chance, as a set of outcomes does, does not grow at the next try.
        return wrong ?? (!isMeasured || allocated <= allowed ? null
            : AllocatedBytes(input) is var again && again > allowed ? $"allocates {again} bytes, allowed are {allowed}" : null);
    }

    private long AllocatedBytes(byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            _ = target.Parse(input);
        }
        catch (Exception refusal) when (target.Refusals.Contains(refusal.GetType()))
        {
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private void Outcome(ulong outcome)
    {
        if (_outcomes.Count < OutcomesMax)
        {
            _outcomes.Add(outcome);
        }
    }

    // Type and words of the message: what it quotes of the input would make every refusal a new one.
    private static ulong HashOf(Exception refusal)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var c in refusal.GetType().Name)
        {
            hash = unchecked((hash ^ c) * 1_099_511_628_211UL);
        }

        var isQuoted = false;
        foreach (var c in refusal.Message)
        {
            isQuoted ^= c is '\'' or '"' or '[' or ']';
            hash = isQuoted || !char.IsAsciiLetter(c) ? hash : unchecked((hash ^ c) * 1_099_511_628_211UL);
        }

        return hash;
    }

    private FuzzFailure Failure(byte[] input, string wrong)
    {
        var kind = KindOf(wrong);
        var shortest = Shrink.Bytes(input, candidate => Try(candidate, isMeasured: true) is { } same && KindOf(same) == kind);
        return new FuzzFailure(target.Name, seed, Try(shortest, isMeasured: true) ?? wrong, shortest);
    }

    private static string KindOf(string wrong) => wrong.Split(':', ' ')[0];
}
