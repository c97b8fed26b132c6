using System.Security.Cryptography;
using Akka.Actor;

namespace Akka.Remote;

/// <summary>Tells one incarnation of a system at an address from the next.</summary>
public class AddressUid : IExtension
{
    public readonly int Uid = RandomNumberGenerator.GetInt32(int.MaxValue);
}

public class AddressUidExtension : ExtensionIdProvider<AddressUid>
{
    public override AddressUid CreateExtension(ExtendedActorSystem system) => new();

    public static int Uid(ActorSystem system) => system.WithExtension<AddressUid, AddressUidExtension>().Uid;
}
