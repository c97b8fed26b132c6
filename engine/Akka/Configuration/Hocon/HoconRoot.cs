namespace Akka.Configuration.Hocon;

public class HoconRoot(HoconValue value)
{
    public HoconValue Value { get; private set; } = value;
}
