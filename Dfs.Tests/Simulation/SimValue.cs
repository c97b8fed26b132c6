using Dfs.Core.Catalog;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Simulation;

/// <summary>A register's value in the simulation: a number, and what the catalog asks of a head.</summary>
/// <param name="Payload">0 when removed.</param>
internal sealed record SimValue(ulong Counter, int Payload, IReadOnlyList<OperationId> Operations)
{
    /// <summary>Three instead of sixteen, so that operations do fall out.</summary>
    public const int OperationsKept = 3;

    public static readonly ValueRules Rules = new(
        (_, _, _) => null,
        value => Decode(value).Operations,
        OperationsKept,
        value => Decode(value).Payload == 0,
        value => Decode(value).Counter);

    /// <summary>What a client sees of a view; 0 is absent.</summary>
    public static int Seen(RegisterView view) => view.Value is { } value ? Decode(value).Payload : 0;

    /// <summary>0 when removed.</summary>
    public static int PayloadOf(ReadOnlyMemory<byte> value) => Decode(value).Payload;

    public static ReadOnlyMemory<byte> After(RegisterView view, int payload, OperationId operation)
    {
        var current = view.Value is { } value ? Decode(value) : new SimValue(view.CounterFloor, 0, []);
        var operations = current.Operations.Prepend(operation).Take(OperationsKept).ToList();
        return new SimValue(current.Counter + 1, payload, operations).Encode();
    }

    private byte[] Encode()
    {
        var writer = new ByteWriter(64);
        writer.U64(Counter);
        writer.U32((uint)Payload);
        foreach (var operation in Operations)
        {
            writer.Bytes16(operation.Value);
        }

        return writer.ToArray();
    }

    private static SimValue Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes.Span);
        var (counter, payload) = (reader.U64(), (int)reader.U32());
        var operations = new List<OperationId>();
        while (reader.RemainingBytes > 0)
        {
            operations.Add(new OperationId(reader.Bytes16()));
        }

        return new SimValue(counter, payload, operations);
    }
}

/// <summary>A value that is finished later, as heads are that wait for a signature.</summary>
internal sealed record SimDraft(ReadOnlyMemory<byte> Value) : IValueDraft
{
    public Task<ReadOnlyMemory<byte>> FinishAsync() => Task.FromResult(Value);
}
