using System.Globalization;
using Dfs.Client;

namespace Dfs.Actors.Client;

/// <summary>Versions as lines that a person reads; the console and the command line print the same.</summary>
public static class VersionText
{
    public static string Line(VersionEntry version)
    {
        var what = version.IsDeleteMarker ? "deleted" : version.SizeBytes.ToString("N0", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{version.Version}  {what,15}  {version.ModifiedAt:yyyy-MM-dd HH:mm:ss}Z");
    }

    public static string NotAnId(string text) => $"'{text}' is not a version's id, which has 32 hexadecimal digits.";
}
