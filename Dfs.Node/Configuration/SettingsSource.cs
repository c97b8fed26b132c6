using Dfs.Node.Cli;
using Hocon;

namespace Dfs.Node.Configuration;

/// <summary>Finds a setting: a flag wins over the environment, the environment over the file, the file over the default.</summary>
/// <param name="file">The file's content, parsed; null when there is none.</param>
/// <param name="flags">Values given on the command line, by setting.</param>
/// <param name="environment">Reads an environment variable.</param>
public sealed class SettingsSource(
    HoconRoot? file, IReadOnlyDictionary<string, string> flags, Func<string, string?> environment)
{
    /// <param name="setting">As below <c>dfs</c> in the file: "peer-port".</param>
    /// <exception cref="CliException">The file has something else there.</exception>
    public string? Text(string setting)
    {
        var variable = VariableOf(setting);
        return flags.TryGetValue(setting, out var flag) ? flag
            : environment(variable) is { Length: > 0 } value ? value
            : FromFile(setting, root => root.GetString($"dfs.{setting}"));
    }

    /// <summary>A list: in the file an array, elsewhere parted by commas.</summary>
    public IReadOnlyList<string>? List(string setting)
    {
        var text = flags.TryGetValue(setting, out var flag) ? flag : environment(VariableOf(setting));
        return text is { Length: > 0 }
            ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : FromFile(setting, root => root.GetStringList($"dfs.{setting}").ToList());
    }

    /// <exception cref="CliException">It is not a whole number in the range.</exception>
    public int Number(string setting, int fallback, int min, int max)
    {
        if (Text(setting) is not { Length: > 0 } text)
        {
            return fallback;
        }

        return int.TryParse(text, out var number) && number >= min && number <= max
            ? number
            : throw Bad(setting, $"'{text}' is not a whole number from {min} to {max}");
    }

    /// <exception cref="CliException">It is neither true nor false.</exception>
    public bool Switch(string setting, bool fallback) => Text(setting) switch
    {
        null or "" => fallback,
        "true" or "on" or "yes" => true,
        "false" or "off" or "no" => false,
        var text => throw Bad(setting, $"'{text}' is neither true nor false"),
    };

    /// <summary>The refusal of a setting, which names every place that it may have come from.</summary>
    public static CliException Bad(string setting, string why) =>
        new(ExitCode.Configuration, $"dfs.{setting} ({VariableOf(setting)}, --{setting.Replace('.', '-')}): {why}.");

    private static string VariableOf(string setting) =>
        "DFS_" + setting.Replace('-', '_').Replace('.', '_').ToUpperInvariant();

    private T? FromFile<T>(string setting, Func<HoconRoot, T> read)
        where T : class
    {
        if (file is null || !file.HasPath($"dfs.{setting}"))
        {
            return null;
        }

        try
        {
            return read(file);
        }
        catch (Exception error) when (error is HoconException or HoconValueException or FormatException or InvalidCastException)
        {
            throw Bad(setting, error.Message.TrimEnd('.'));
        }
    }
}
