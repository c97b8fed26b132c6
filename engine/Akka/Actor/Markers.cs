namespace Akka.Actor;

/// <summary>Handled by the engine itself before the actor sees it.</summary>
public interface IAutoReceivedMessage;

/// <summary>A message that another system may not be allowed to send, because it can end an actor.</summary>
public interface IPossiblyHarmful;

/// <summary>Never leaves the process.</summary>
public interface INoSerializationVerificationNeeded;
