namespace Hocon;

public enum HoconType
{
    Empty,
    Array,
    Object,
    Number,
    Boolean,
    String,
}
