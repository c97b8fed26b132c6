namespace Akka.Configuration.Hocon;

/// <summary>What a value is made of.</summary>
public interface IHoconElement
{
    bool IsString();

    string GetString();

    bool IsArray();

    IList<HoconValue> GetArray();
}
