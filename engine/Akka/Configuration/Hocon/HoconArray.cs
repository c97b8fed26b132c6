namespace Akka.Configuration.Hocon;

public class HoconArray : List<HoconValue>, IHoconElement
{
    public bool IsString() => false;

    public string GetString() => throw new NotSupportedException("This element is an array, not a string.");

    public bool IsArray() => true;

    public IList<HoconValue> GetArray() => this;

    public override string ToString() => $"[{string.Join(",", this)}]";
}
