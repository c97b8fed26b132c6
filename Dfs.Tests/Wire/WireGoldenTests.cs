using System.Reflection;
using Akka.Actor;
using Dfs.Actors.Catalog;
using Dfs.Actors.Wire;
using Dfs.Actors.Wire.V1;
using Dfs.Core.Catalog;
using Dfs.Core.Membership;
using Dfs.Core.Repair;
using Dfs.Tests.Kit;
using Google.Protobuf;

namespace Dfs.Tests.Wire;

/// <summary>The bytes of docs/formats/wire.md: what one version has written, each later one reads.</summary>
public sealed class WireGoldenTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly Dictionary<string, string> Golden = SourceTree.Read("Dfs.Tests/Wire/wire-1.golden")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':'))
        .ToDictionary(parts => parts[0], parts => parts[1].Trim());

    private readonly DfsSerializer _serializer;

    public WireGoldenTests()
        : base("akka.loglevel = ERROR") => _serializer = new DfsSerializer((ExtendedActorSystem)Sys);

    public static TheoryData<string> Names => [.. WireSamples.All.Keys];

    [Fact]
    public void The_bytes_of_every_message_stay_as_they_are()
    {
        var written = WireSamples.All.Select(sample => $"{sample.Key}: {Convert.ToHexStringLower(_serializer.ToBinary(sample.Value))}");

        Assert.Equal(Golden.Select(line => $"{line.Key}: {line.Value}"), written);
    }

    [Theory, MemberData(nameof(Names))]
    public void The_bytes_that_version_1_wrote_are_read(string name)
    {
        var read = _serializer.FromBinary(Convert.FromHexString(Golden[name]), name.Split(' ')[0]);

        Assert.Equal(WireSamples.Text(WireSamples.All[name]), WireSamples.Text(read));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_message_comes_back_as_it_went(string name)
    {
        var message = WireSamples.All[name];

        var number = _serializer.Manifest(message);
        var back = _serializer.FromBinary(_serializer.ToBinary(message), number);

        Assert.Equal(name.Split(' ')[0], number);
        Assert.Equal(WireSamples.Text(message), WireSamples.Text(back));
    }

    [Fact]
    public void Every_message_of_the_wire_has_a_number_and_no_number_is_there_twice()
    {
        var messages = typeof(IWireMessage).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IWireMessage)));
        var table = typeof(DfsSerializer).GetField("ByType", BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
        var numbered = (IEnumerable<KeyValuePair<Type, WireEntry>>)table;

        Assert.Equal(messages.Select(type => type.Name).Order(), numbered.Select(entry => entry.Key.Name).Order());
        Assert.Equal(numbered.Count(), numbered.Select(entry => entry.Value.Number).Distinct().Count());
        Assert.Equal(
            numbered.Select(entry => entry.Value.Number).Order(),
            WireSamples.All.Keys.Select(name => name.Split(' ')[0]).Distinct().Order());
    }

    // Property: damaged bytes are refused with the serializer's own exception, or are another message of the same type.
    [Theory, Seeds(200)]
    public void Damaged_bytes_are_refused_or_are_another_message(int seed)
    {
        var random = new Random(seed);
        foreach (var message in WireSamples.All.Values)
        {
            var damaged = Mutation.Of(_serializer.ToBinary(message), random);
            object? read = null;
            var error = Record.Exception(() => read = _serializer.FromBinary(damaged, _serializer.Manifest(message)));

            if (error is not null)
            {
                Assert.IsType<WireException>(error);
            }
            else
            {
                Assert.Equal(message.GetType(), read!.GetType());
            }
        }
    }

    [Theory, Seeds(50)]
    public void Garbage_is_refused_or_read_and_never_crashes(int seed)
    {
        var random = new Random(seed);
        foreach (var number in WireSamples.All.Keys.Select(name => name.Split(' ')[0]).Distinct())
        {
            var error = Record.Exception(() => _serializer.FromBinary(TestBytes.Random(seed, random.Next(200)), number));

            Assert.True(error is null or WireException, $"{number}: {error}");
        }
    }

    [Fact]
    public void A_number_that_is_not_in_the_table_is_refused()
    {
        Assert.Throws<WireException>(() => _serializer.FromBinary([], "m99"));
        Assert.Throws<WireException>(() => _serializer.FromBinary([], "System.Object"));
        Assert.Throws<WireException>(() => _serializer.Manifest("text"));
    }

    [Fact]
    public void What_is_too_long_too_short_or_unknown_is_refused()
    {
        Refused("m1", new HelloV1());
        Refused("m1", Changed(card => card.Replica = Bytes(15)));
        Refused("m1", Changed(card => card.Cluster = Bytes(17)));
        Refused("m1", Changed(card => card.Name = new string('x', 301)));
        Refused("m1", Changed(card => card.Known.AddRange(Enumerable.Repeat("a", NodeCard.KnownMax + 1))));
        Refused("m6", new FirstLayoutAnswerV1 { Replica = Bytes(0) });
        Refused("c1", Request(request => request.Register = Bytes(31)));
        Refused("c1", Request(request => request.To = Bytes(17)));
        Refused("c1", Request(request => request.ClearAsk()));
        Refused("c1", Request(request => request.Prepare = new() { Scope = 3 }));
        Refused("c1", Request(request => request.Accept = new() { Value = Bytes(RegisterRow.ValueBytesMax + 1) }));
        Refused("c1", Request(request => request.Attempt = uint.MaxValue));
        Refused("c1", Request(request => request.Trace = Bytes(25)));
        Refused("c1", Request(request => request.Trace = ByteString.CopyFrom(TestBytes.From(1, 26))));
        Refused("c2", new ReplicaReplyV1 { From = Bytes(16) });
        Refused("c3", new ReplicaRequestsV1());
        Refused("c3", new ReplicaRequestsV1 { Requests = { Request(request => request.ClearAsk()) } });
        Refused("c3", new ReplicaRequestsV1 { Requests = { Enumerable.Repeat(Request(_ => { }), CatalogBatch.CountMax + 1) } });
        Refused("c4", new ReplicaRepliesV1());
        Refused("r1", new CopiesMissedV1 { To = Bytes(15) });
        Refused("r1", new CopiesMissedV1 { To = Bytes(16), Chunks = { Bytes(31) } });
        Refused("r1", new CopiesMissedV1 { To = Bytes(16), Chunks = { Enumerable.Repeat(Bytes(32), MissedCopies.PageMax) }, Registers = { Bytes(32) } });
        Refused("r2", new MissedSettledV1());
        Refused("c4", new ReplicaRepliesV1 { Replies = { new ReplicaReplyV1 { From = Bytes(16) } } });
        Refused("c2", new ReplicaReplyV1 { From = Bytes(16), Promised = new() { Value = Bytes(RegisterRow.ValueBytesMax + 1) } });
        Refused("c2", new ReplicaReplyV1 { From = Bytes(16), Accepted = new() { Replica = Bytes(1) } });
    }

    [Fact]
    public void What_is_no_wire_message_is_neither_written_nor_read()
    {
        var serializer = new RefusingSerializer((ExtendedActorSystem)Sys);

        Assert.Throws<WireException>(() => serializer.ToBinary("text"));
        Assert.Throws<WireException>(() => serializer.FromBinary("{\"$type\":\"System.Object\"}"u8.ToArray(), typeof(object)));
        Assert.Equal(1, serializer.Identifier);
    }

    private void Refused(string number, IMessage message) =>
        Assert.Throws<WireException>(() => _serializer.FromBinary(message.ToByteArray(), number));

    private HelloV1 Changed(Action<NodeCardV1> change)
    {
        var hello = HelloV1.Parser.ParseFrom(_serializer.ToBinary(WireSamples.All["m1"]));
        change(hello.Card);
        return hello;
    }

    private ReplicaRequestV1 Request(Action<ReplicaRequestV1> change)
    {
        var request = ReplicaRequestV1.Parser.ParseFrom(_serializer.ToBinary(WireSamples.All["c1 read"]));
        change(request);
        return request;
    }

    private static ByteString Bytes(int count) => ByteString.CopyFrom(new byte[count]);
}
