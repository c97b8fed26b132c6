namespace Akka.Configuration.Hocon;

public class HoconLiteral : IHoconElement
{
    public string Value { get; set; }

    public bool IsString() => true;

    public string GetString() => Value;

    public bool IsArray() => false;

    public IList<HoconValue> GetArray() => throw new NotSupportedException("This element is a string, not an array.");

    public override string ToString() => Value;
}
