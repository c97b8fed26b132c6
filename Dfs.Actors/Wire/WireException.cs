using System.Diagnostics.CodeAnalysis;
using System.Runtime.Serialization;

namespace Dfs.Actors.Wire;

/// <summary>Bytes from a peer that are not the message that they claim to be; the message is dropped and logged.</summary>
public sealed class WireException(string message) : SerializationException(message)
{
    public static void ThrowUnless([DoesNotReturnIf(false)] bool condition, string expected)
    {
        if (!condition)
        {
            throw new WireException($"Expected {expected}.");
        }
    }
}
