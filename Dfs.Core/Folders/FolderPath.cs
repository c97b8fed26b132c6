namespace Dfs.Core.Folders;

/// <summary>Whether a name of the store can be a path below a folder of some operating system.</summary>
public static class FolderPath
{
    /// <summary>255: bytes of UTF-8 on Linux, characters on Windows.</summary>
    private const int PartUnitsMax = 255;

    private static readonly string[] WindowsDevices =
    [
        "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
        "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
    ];

    /// <param name="name">Separated by '/'.</param>
    /// <returns>Null when it is a path that does not lead out of its folder; else a sentence for the user.</returns>
    public static string? Refusal(string name, bool isWindows)
    {
        foreach (var part in name.Split('/'))
        {
            var refusal = part switch
            {
                "" => "it has an empty part: a '/' at its begin or end, or two together",
                "." or ".." => $"it has the part '{part}', which would lead elsewhere",
                _ when part.Contains('\0') => "it has a NUL",
                _ => isWindows ? WindowsRefusal(part) : UnixRefusal(part),
            };
            if (refusal is not null)
            {
                return $"This name cannot be a path here: {refusal}.";
            }
        }

        return null;
    }

    /// <summary>A prefix as a folder: with a '/' at its end, unless it is empty.</summary>
    public static string PrefixOf(string folder) => folder.Length == 0 || folder.EndsWith('/') ? folder : folder + '/';

    private static string? UnixRefusal(string part) =>
        System.Text.Encoding.UTF8.GetByteCount(part) > PartUnitsMax ? $"a part of it has more than {PartUnitsMax} bytes" : null;

    private static string? WindowsRefusal(string part) =>
        part.Length > PartUnitsMax ? $"a part of it has more than {PartUnitsMax} characters"
        : part.Any(c => c < ' ' || "<>:\"\\|?*".Contains(c, StringComparison.Ordinal)) ? "it has a character that names do not have on Windows"
        : part[^1] is ' ' or '.' ? "a part of it ends with a space or a dot"
        : WindowsDevices.Contains(part.Split('.')[0].TrimEnd(), StringComparer.OrdinalIgnoreCase) ? "a part of it is the name of a device"
        : null;
}
