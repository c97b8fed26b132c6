using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;

namespace Akka.Remote.Serialization;

/// <summary>Messages to a selection: the message and the way down from the root of the target system.</summary>
internal sealed class MessageContainerSerializer : Serializer
{
    private enum Step { Parent = 0, Child = 1, Pattern = 2 }

    private readonly PayloadCodec _payloads;

    public MessageContainerSerializer(ExtendedActorSystem system)
        : base(system) =>
        _payloads = new PayloadCodec(system);

    public override int Identifier => 6;

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj)
    {
        var selection = (ActorSelectionMessage)obj;
        return PayloadCodec.Encode(output =>
        {
            _payloads.Write(output, selection.Message);
            output.WriteBool(selection.WildCardFanOut);
            output.WriteInt32(selection.Elements.Length);
            foreach (var element in selection.Elements)
            {
                WriteStep(output, element);
            }
        });
    }

    public override object FromBinary(byte[] bytes, Type type)
    {
        var input = new CodedInputStream(bytes);
        var message = _payloads.Read(input);
        var isFanOut = input.ReadBool();
        var elements = new List<SelectionPathElement>();
        for (var left = input.ReadInt32(); left > 0; left--)
        {
            elements.Add(ReadStep(input));
        }

        return new ActorSelectionMessage(message, [.. elements], isFanOut);
    }

    private static void WriteStep(CodedOutputStream output, SelectionPathElement element)
    {
        var (step, text) = element switch
        {
            SelectChildName child => (Step.Child, child.Name),
            SelectChildPattern pattern => (Step.Pattern, pattern.PatternStr),
            SelectParent => (Step.Parent, ""),
            _ => throw new ArgumentException($"unknown element {element.GetType()} of a selection"),
        };
        output.WriteEnum((int)step);
        output.WriteString(text);
    }

    private static SelectionPathElement ReadStep(CodedInputStream input)
    {
        var step = (Step)input.ReadEnum();
        var text = input.ReadString();
        return step switch
        {
            Step.Child => new SelectChildName(text),
            Step.Pattern => new SelectChildPattern(text),
            Step.Parent => new SelectParent(),
            _ => throw new SerializationException($"unknown step {step} of a selection"),
        };
    }
}
