using System.Buffers.Binary;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Engine.Tests.Actor;

public class SerializationTests() : ActorTest("""
    akka.actor {
      serializers {
        wire = "Engine.Tests.Actor.SerializationTests+WireSerializer, Engine.Tests"
        json = "Engine.Tests.Actor.SerializationTests+RefusingSerializer, Engine.Tests"
      }
      serialization-bindings { "Engine.Tests.Actor.SerializationTests+IWire, Engine.Tests" = wire }
    }
    """)
{
    [Fact]
    public void An_interface_binds_everything_that_implements_it()
    {
        var serialization = System.Serialization;
        var message = new Numbered(7);

        var serializer = Assert.IsType<WireSerializer>(serialization.FindSerializerFor(message));
        var bytes = serialization.Serialize(message);
        var manifest = serializer.Manifest(message);

        Assert.Equal("N", manifest);
        Assert.Equal(message, serialization.Deserialize(bytes, serializer.Identifier, manifest));
    }

    [Fact]
    public void Bytes_are_serialized_as_they_are()
    {
        var bytes = new byte[] { 1, 2, 3 };

        Assert.Equal(bytes, System.Serialization.Serialize(bytes));
        Assert.IsType<ByteArraySerializer>(System.Serialization.FindSerializerFor(bytes));
    }

    [Fact]
    public void What_has_no_binding_is_refused()
    {
        Assert.Throws<SerializationException>(() => System.Serialization.Serialize(new Unbound()));
    }

    [Fact]
    public void An_unknown_serializer_is_refused()
    {
        Assert.ThrowsAny<Exception>(() => System.Serialization.Deserialize([1], 987_654, "N"));
    }

    [Fact]
    public void A_reference_survives_as_its_path()
    {
        var actor = Actor((_, _) => { }, "named");

        var path = Serialization.SerializedActorPath(actor);

        Assert.EndsWith($"/user/named#{actor.Path.Uid}", path, StringComparison.Ordinal);
        Assert.Equal(actor, ((ExtendedActorSystem)System).Provider.ResolveActorRef(path));
    }

    [Fact]
    public void A_path_is_what_its_text_says()
    {
        Assert.True(ActorPath.TryParse("akka.tcp://dfs@host-1:4053/user/store/$a#17", out var path));
        Assert.Equal(new Address("akka.tcp", "dfs", "host-1", 4053), path.Address);
        Assert.Equal(["user", "store", "$a"], path.Elements);
        Assert.Equal("akka.tcp://dfs@host-1:4053/user/store/$a", path.ToString());
        Assert.Equal(17, path.Uid);
        Assert.False(Address.TryParse("http://host:1", out _));
    }

    public interface IWire;

    public sealed record Numbered(int Number) : IWire;

    public sealed record Unbound;

    public sealed class WireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override int Identifier => 1001;

        public override string Manifest(object o) => "N";

        public override byte[] ToBinary(object obj)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bytes, ((Numbered)obj).Number);
            return bytes;
        }

        public override object FromBinary(byte[] bytes, string manifest) =>
            new Numbered(BinaryPrimitives.ReadInt32BigEndian(bytes));
    }

    public sealed class RefusingSerializer(ExtendedActorSystem system) : Serializer(system)
    {
        public override int Identifier => 1;

        public override bool IncludeManifest => true;

        public override byte[] ToBinary(object obj) => throw new SerializationException("unbound");

        public override object FromBinary(byte[] bytes, Type type) => throw new SerializationException("unbound");
    }
}
