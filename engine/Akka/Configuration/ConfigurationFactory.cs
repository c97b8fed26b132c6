using System.Reflection;
using Akka.Configuration.Hocon;
using Hocon;
using HoconObject = Akka.Configuration.Hocon.HoconObject;
using HoconRoot = Akka.Configuration.Hocon.HoconRoot;
using HoconValue = Akka.Configuration.Hocon.HoconValue;

namespace Akka.Configuration;

/// <summary>Makes a <see cref="Config"/> from text or from a resource in an assembly.</summary>
public class ConfigurationFactory
{
    public static Config Empty => new(new HoconRoot(new HoconValue([new HoconObject()])));

    /// <summary>A blank text is an empty configuration.</summary>
    /// <exception cref="FormatException">The text is not HOCON; the inner exception has line and position.</exception>
    public static Config ParseString(string hocon)
    {
        if (string.IsNullOrWhiteSpace(hocon))
        {
            return Empty;
        }

        try
        {
            return new Config(new HoconRoot(HoconConversion.Convert(HoconParser.Parse(hocon).Value)));
        }
        catch (HoconParserException failure)
        {
            throw new FormatException(failure.Message, failure);
        }
    }

    /// <summary>The defaults of this assembly.</summary>
    public static Config Default() => FromResource("Akka.Configuration.akka.conf", typeof(ConfigurationFactory).Assembly);

    public static Config FromResource<TAssembly>(string resourceName) =>
        FromResource(resourceName, typeof(TAssembly).Assembly);

    public static Config FromResource(string resourceName, Assembly assembly)
    {
        using var stream = assembly.GetManifestResourceStream(resourceName)
            ?? throw new ConfigurationException($"{assembly.GetName().Name} has no resource {resourceName}");
        using var reader = new StreamReader(stream);
        return ParseString(reader.ReadToEnd());
    }
}
