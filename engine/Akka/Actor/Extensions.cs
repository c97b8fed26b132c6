namespace Akka.Actor;

/// <summary>Something that a system has one of.</summary>
public interface IExtension;

public interface IExtensionId
{
    Type ExtensionType { get; }

    object CreateExtension(ExtendedActorSystem system);
}

public interface IExtensionId<out T> : IExtensionId where T : IExtension
{
}

/// <summary>Makes the extension on its first use in each system.</summary>
public abstract class ExtensionIdProvider<T> : IExtensionId<T> where T : IExtension
{
    public Type ExtensionType => typeof(T);

    public abstract T CreateExtension(ExtendedActorSystem system);

    object IExtensionId.CreateExtension(ExtendedActorSystem system) => CreateExtension(system);

    public override bool Equals(object obj) => obj is ExtensionIdProvider<T>;

    public override int GetHashCode() => typeof(T).GetHashCode();
}

public static class ActorSystemWithExtensions
{
    /// <summary>Registers it when nobody has.</summary>
    public static T WithExtension<T, TI>(this ActorSystem system) where T : class, IExtension where TI : IExtensionId =>
        system.TryGetExtension<T>(out var extension)
            ? extension
            : (T)system.RegisterExtension((IExtensionId)Activator.CreateInstance(typeof(TI), nonPublic: true));
}
