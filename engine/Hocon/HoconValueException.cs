namespace Hocon;

/// <summary>A value is missing or cannot be read as what was asked for.</summary>
public class HoconValueException(string message, string failPath, Exception innerException)
    : HoconException($"{message} at path [{failPath}]", innerException)
{
    public string FailPath { get; } = failPath;
}
