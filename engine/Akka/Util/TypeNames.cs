using Akka.Configuration;

namespace Akka.Util;

/// <summary>Finds the types that the configuration names.</summary>
internal static class TypeNames
{
    /// <summary>A name without an assembly is one of this assembly's or of the runtime's.</summary>
    public static Type Find(string name) => Type.GetType(name, throwOnError: false);

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
