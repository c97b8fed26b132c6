namespace Hocon;

/// <summary>Where an include is to be looked for.</summary>
public enum HoconCallbackType
{
    File,
    Url,
    Resource,
}

/// <summary>Gives the text of an include; null or blank means that there is none.</summary>
public delegate Task<string?> HoconIncludeCallbackAsync(HoconCallbackType callbackType, string value);
