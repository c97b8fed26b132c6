namespace Akka.Remote;

/// <summary>Overtakes other messages to the same system, so that a full queue does not look like a dead node.</summary>
internal interface IPriorityMessage;
