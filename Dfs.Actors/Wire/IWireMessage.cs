namespace Dfs.Actors.Wire;

/// <summary>Marks what may cross the wire between nodes; everything else is refused there.</summary>
/// <remarks>Each has a number and a row in docs/formats/wire.md; a number is never used again.</remarks>
public interface IWireMessage;
