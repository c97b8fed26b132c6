using System.Text;
using Hocon;

namespace Dfs.Node.Configuration;

/// <summary>Turns what stands below <c>akka</c> in node.hocon into lines that Akka's own parser reads.</summary>
/// <remarks>
/// Leaf by leaf, because a rendered document loses quoted keys and escapes on its way through the other parser. Only
/// scalars and lists of scalars overlay; serializers, mailboxes and dispatchers are the product's own.
/// </remarks>
public static class AkkaOverlay
{
    public static string Of(HoconRoot file)
    {
        var lines = new StringBuilder();
        if (file.HasPath("akka") && file.GetObject("akka") is { } akka)
        {
            Append(lines, "akka", akka);
        }

        return lines.ToString();
    }

    private static void Append(StringBuilder lines, string path, HoconObject branch)
    {
        foreach (var (key, field) in branch)
        {
            var fieldPath = $"{path}.{Quote(key)}";
            switch (field.Value.Type)
            {
                case HoconType.Object:
                    Append(lines, fieldPath, field.Value.GetObject());
                    break;
                case HoconType.Array:
                    lines.AppendLine($"{fieldPath} = [{string.Join(", ", field.Value.GetStringList().Select(Quote))}]");
                    break;
                default:
                    lines.AppendLine($"{fieldPath} = {Quote(field.Value.GetString())}");
                    break;
            }
        }
    }

    private static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
