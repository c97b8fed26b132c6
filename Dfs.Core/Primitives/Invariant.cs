using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Dfs.Core.Primitives;

/// <summary>Checks of what only a programming error can break; on in release builds too.</summary>
public static class Invariant
{
    /// <param name="condition">One condition; two are two calls.</param>
    /// <param name="claim">What is true, with the numbers: "the batch fits (4097 of 4096 bytes)".</param>
    /// <exception cref="InvariantException">The condition is false.</exception>
    public static void Holds(
        [DoesNotReturnIf(false)] bool condition,
        [InterpolatedStringHandlerArgument(nameof(condition))] ref ClaimHandler claim)
    {
        if (!condition)
        {
            throw new InvariantException(claim.ToString());
        }
    }

    /// <inheritdoc cref="Holds(bool, ref ClaimHandler)"/>
    public static void Holds([DoesNotReturnIf(false)] bool condition, string claim)
    {
        if (!condition)
        {
            throw new InvariantException(claim);
        }
    }

    /// <summary>Builds the text only when the condition is false, so that a check costs nothing when it holds.</summary>
    [InterpolatedStringHandler]
    public ref struct ClaimHandler
    {
        private DefaultInterpolatedStringHandler _text;

        public ClaimHandler(int literalLength, int formattedCount, bool condition, out bool isEnabled)
        {
            isEnabled = !condition;
            _text = condition ? default : new DefaultInterpolatedStringHandler(literalLength, formattedCount);
        }

        public void AppendLiteral(string value) => _text.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public override string ToString() => _text.ToStringAndClear();
    }
}

/// <summary>A programming error: what must always hold did not.</summary>
public sealed class InvariantException(string claim) : Exception($"Does not hold: {claim}");
