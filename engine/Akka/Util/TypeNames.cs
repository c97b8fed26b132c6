using System.Reflection;
using Akka.Configuration;

namespace Akka.Util;

/// <summary>Finds the types that the configuration names.</summary>
internal static class TypeNames
{
    /// <summary>1,024 characters: longer than any name of a type with its assembly that is not made up.</summary>
    private const int SentCharsMax = 1024;

    /// <summary>A name without an assembly is one of this assembly's or of the runtime's.</summary>
    public static Type Find(string name) => Type.GetType(name, throwOnError: false);

    /// <summary>Finds a type that a sender names: one that this process has loaded, and neither an array nor made of others.</summary>
    /// <remarks>
    /// Nothing is loaded for a name from outside. Names with arguments nest, so that reading one could take all of a stack, and each would
    /// make a type that stays for good.
    /// </remarks>
    /// <returns>Null for everything else, whatever the name is.</returns>
    public static Type FindSent(string name)
    {
        if (name.Length > SentCharsMax || name.Contains('['))
        {
            return null;
        }

        try
        {
            return Type.GetType(name, Loaded, typeResolver: null, throwOnError: false);
        }
        catch (Exception e) when (e is IOException or ArgumentException or TypeLoadException or BadImageFormatException)
        {
            return null;
        }

        static Assembly Loaded(AssemblyName assembly) => assembly.Name == "mscorlib"
            ? typeof(object).Assembly
            : Array.Find(AppDomain.CurrentDomain.GetAssemblies(), loaded => loaded.GetName().Name == assembly.Name);
    }

    /// <exception cref="ConfigurationException">The name is no type.</exception>
    public static Type Require(string name, string setting) =>
        Find(name) ?? throw new ConfigurationException($"{setting} names the type \"{name}\", which cannot be found");

    /// <summary>Namespace, name and assembly, without version: how bindings and identifiers name a type.</summary>
    public static string QualifiedName(this Type type)
    {
        var assembly = type.Assembly.GetName().Name;
        return assembly == "System.Private.CoreLib" ? type.FullName + ", mscorlib" : $"{type.FullName}, {assembly}";
    }

    /// <summary>Makes an instance by the constructor with these arguments, or else by the one without any.</summary>
    public static T Create<T>(string name, string setting, params object[] arguments)
    {
        var type = Require(name, setting);
        if (!typeof(T).IsAssignableFrom(type))
        {
            throw new ConfigurationException($"{setting} names the type \"{name}\", which is not a {typeof(T).Name}");
        }

        var constructor = type.GetConstructor(arguments.Select(argument => argument.GetType()).ToArray());
        return (T)(constructor is null
            ? Activator.CreateInstance(type, arguments.Length > 0 && Accepts(type, arguments) ? arguments : [])
            : constructor.Invoke(arguments));
    }

    private static bool Accepts(Type type, object[] arguments) => type.GetConstructors().Any(constructor =>
    {
        var parameters = constructor.GetParameters();
        return parameters.Length == arguments.Length
               && parameters.Zip(arguments).All(pair => pair.First.ParameterType.IsInstanceOfType(pair.Second));
    });
}
