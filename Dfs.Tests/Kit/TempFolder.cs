namespace Dfs.Tests.Kit;

/// <summary>A folder of the host's disk that is gone when the test is over.</summary>
public sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("dfs-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
