using Google.Protobuf;

namespace Dfs.Actors.Wire;

/// <summary>One message that may cross the wire: its number, and how it is written and read.</summary>
internal sealed record WireEntry(
    string Number, Type Message, Func<object, byte[]> Encode, Func<byte[], object> Decode)
{
    public static WireEntry Of<TMessage, TProto>(
        string number, MessageParser<TProto> parser, Func<TMessage, TProto> encode, Func<TProto, TMessage> decode)
        where TMessage : class, IWireMessage
        where TProto : IMessage<TProto> =>
        new(number, typeof(TMessage), message => encode((TMessage)message).ToByteArray(), bytes => decode(parser.ParseFrom(bytes)));
}
