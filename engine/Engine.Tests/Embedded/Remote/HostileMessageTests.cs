using System.Runtime.Serialization;
using Akka.Actor;
using Google.Protobuf;

namespace Engine.Tests.Embedded.Remote;

/// <summary>Messages that only somebody makes who wants to do harm: refused, each by itself, and nothing else happens.</summary>
public sealed class HostileMessageTests : Akka.TestKit.Xunit2.TestKit
{
    private const int MiscMessages = 16, SystemMessages = 22;

    public HostileMessageTests()
        : base("akka.actor.provider = remote\nakka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }\nakka.loglevel = OFF")
    {
    }

    // A frame of 128 kB has room for some 15,000 messages in each other, and a stack for far fewer.
    [Theory]
    [InlineData(10)]
    [InlineData(15_000)]
    public void Messages_in_each_other_are_read_to_a_depth_that_a_stack_has_room_for(int depth) =>
        Assert.Throws<SerializationException>(() => Read(MiscMessages, "ID", Nested(depth)));

    [Fact]
    public void A_few_messages_in_each_other_are_read()
    {
        var identify = Assert.IsType<Identify>(Read(MiscMessages, "ID", Nested(3)));

        Assert.IsType<Identify>(Assert.IsType<Identify>(identify.MessageId).MessageId);
    }

    [Theory]
    [InlineData("W")]
    [InlineData("UW")]
    [InlineData("DWN")]
    public void A_system_message_without_the_actors_that_it_is_about_is_refused(string manifest) =>
        Assert.Throws<SerializationException>(() => Read(SystemMessages, manifest, new byte[8]));

    [Theory]
    [InlineData("System.ArgumentException", typeof(ArgumentException))]
    [InlineData("System.Object", null)]
    [InlineData("System.Exception, ,", null)]
    [InlineData("System.Collections.Generic.List`1[[", null)]
    [InlineData("Some.Exception, NoSuchAssembly", null)]
    public void An_exception_is_made_only_of_a_type_that_is_known_and_else_it_is_named(string typeName, Type? expected)
    {
        var failure = Assert.IsType<Status.Failure>(Read(MiscMessages, "STF", Failure(typeName)));

        Assert.Equal(expected ?? failure.Cause.GetType(), failure.Cause.GetType());
        Assert.Contains("why", failure.Cause.Message, StringComparison.Ordinal);
    }

    // Names of types nest as messages do.
    [Fact]
    public void A_long_name_of_a_type_is_not_looked_up()
    {
        var name = string.Concat(Enumerable.Repeat("A`1[[", 20_000));

        Assert.Contains("why", Assert.IsType<Status.Failure>(Read(MiscMessages, "STF", Failure(name))).Cause.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("I", 3)]
    [InlineData("L", 9)]
    public void A_number_of_another_size_is_refused(string manifest, int sizeBytes)
    {
        var serializer = Sys.Serialization.FindSerializerFor(5);

        Assert.Throws<SerializationException>(() => Sys.Serialization.Deserialize(new byte[sizeBytes], serializer.Identifier, manifest));
    }

    [Theory]
    [InlineData(",")]
    [InlineData("A`1[[")]
    [InlineData("System.String, NoSuchAssembly")]
    public void A_manifest_that_names_no_type_is_refused(string manifest)
    {
        const int NamesTypes = 1;

        Assert.Throws<SerializationException>(() => Read(NamesTypes, manifest, []));
    }

    private object Read(int serializer, string manifest, byte[] bytes) => Sys.Serialization.Deserialize(bytes, serializer, manifest);

    private static byte[] Nested(int depth)
    {
        byte[] inner = [0];
        for (var level = 1; level < depth; level++)
        {
            inner = Written(output =>
            {
                output.WriteInt32(MiscMessages);
                output.WriteString("ID");
                output.WriteBytes(ByteString.CopyFrom(inner));
            });
        }

        return inner;
    }

    private static byte[] Failure(string typeName) => Written(output =>
    {
        output.WriteString(typeName);
        output.WriteString("why");
        output.WriteInt32(0);
    });

    private static byte[] Written(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            write(output);
        }

        return stream.ToArray();
    }
}
