using System.Text;

namespace Akka.Configuration;

internal static class ConfigPath
{
    /// <summary>Splits at the dots outside of quotes; everything else is taken as it stands.</summary>
    public static List<string> Split(string path)
    {
        var keys = new List<string>();
        var key = new StringBuilder();
        var quoted = false;
        foreach (var c in path)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == '.' && !quoted)
            {
                keys.Add(key.ToString());
                key.Clear();
            }
            else
            {
                key.Append(c);
            }
        }

        keys.Add(key.ToString());
        return keys;
    }
}
