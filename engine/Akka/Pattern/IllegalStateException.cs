using Akka.Actor;

namespace Akka.Pattern;

/// <summary>Something was asked for at the wrong time.</summary>
public class IllegalStateException(string message) : AkkaException(message);
