using Akka.Actor;

namespace Akka.Pattern;

/// <summary>Options of a supervisor that waits longer before each new start of its child.</summary>
public static class Backoff
{
    /// <summary>For a child that throws when it fails: a restart that its strategy decides comes after the delay.</summary>
    /// <param name="randomFactor">0.2 adds up to 20 % to each delay, so that many do not start at once.</param>
    /// <param name="maxNrOfRetries">-1: no limit.</param>
    public static BackoffOptions OnFailure(
        Props childProps,
        string childName,
        TimeSpan minBackoff,
        TimeSpan maxBackoff,
        double randomFactor,
        int maxNrOfRetries) =>
        new BackoffOptionsOf(true, childProps, childName, minBackoff, maxBackoff, randomFactor)
            .WithMaxNrOfRetries(maxNrOfRetries);

    /// <summary>For a child that stops when it fails.</summary>
    /// <param name="randomFactor">As in <see cref="OnFailure"/>.</param>
    /// <param name="maxNrOfRetries">-1: no limit.</param>
    public static BackoffOptions OnStop(
        Props childProps,
        string childName,
        TimeSpan minBackoff,
        TimeSpan maxBackoff,
        double randomFactor,
        int maxNrOfRetries) =>
        new BackoffOptionsOf(false, childProps, childName, minBackoff, maxBackoff, randomFactor)
            .WithMaxNrOfRetries(maxNrOfRetries);
}

public abstract class BackoffOptions
{
    /// <summary>The count starts anew when the child has lived for this long; by default for the least delay.</summary>
    public abstract BackoffOptions WithAutoReset(TimeSpan resetBackoff);

    /// <summary>The child says when, with <see cref="BackoffSupervisor.Reset"/>.</summary>
    public abstract BackoffOptions WithManualReset();

    public abstract BackoffOptions WithSupervisorStrategy(OneForOneStrategy supervisorStrategy);

    public abstract BackoffOptions WithDefaultStoppingStrategy();

    public abstract BackoffOptions WithMaxNrOfRetries(int maxNrOfRetries);

    /// <summary>The answer to messages while there is no child; without it they are dead letters.</summary>
    public abstract BackoffOptions WithReplyWhileStopped(object replyWhileStopped);

    /// <summary>A message after which the child's end is the supervisor's; for <see cref="Backoff.OnStop"/>.</summary>
    public abstract BackoffOptions WithFinalStopMessage(Func<object, bool> isFinalStopMessage);
}

internal sealed class BackoffOptionsOf : BackoffOptions
{
    private static readonly OneForOneStrategy DefaultStrategy = (OneForOneStrategy)SupervisorStrategy.DefaultStrategy;

    public BackoffOptionsOf(
        bool onFailure,
        Props childProps,
        string childName,
        TimeSpan minBackoff,
        TimeSpan maxBackoff,
        double randomFactor)
    {
        ArgumentNullException.ThrowIfNull(childProps);
        if (minBackoff <= TimeSpan.Zero || maxBackoff < minBackoff || randomFactor is < 0 or > 1)
        {
            throw new ArgumentException(
                $"a backoff needs 0 < min ({minBackoff}) <= max ({maxBackoff}) and a random factor from 0 to 1 ({randomFactor})");
        }

        (OnFailure, ChildProps, ChildName) = (onFailure, childProps, childName);
        (MinBackoff, MaxBackoff, RandomFactor) = (minBackoff, maxBackoff, randomFactor);
        ResetAfter = minBackoff;
    }

    public bool OnFailure { get; }

    public Props ChildProps { get; }

    public string ChildName { get; }

    public TimeSpan MinBackoff { get; }

    public TimeSpan MaxBackoff { get; }

    public double RandomFactor { get; }

    /// <summary>Null: by hand.</summary>
    public TimeSpan? ResetAfter { get; private set; }

    public OneForOneStrategy Strategy { get; private set; } = DefaultStrategy;

    public object ReplyWhileStopped { get; private set; }

    public Func<object, bool> IsFinalStopMessage { get; private set; } = _ => false;

    public override BackoffOptions WithAutoReset(TimeSpan resetBackoff) => With(copy => copy.ResetAfter = resetBackoff);

    public override BackoffOptions WithManualReset() => With(copy => copy.ResetAfter = null);

    public override BackoffOptions WithSupervisorStrategy(OneForOneStrategy supervisorStrategy) =>
        With(copy => copy.Strategy = supervisorStrategy);

    public override BackoffOptions WithDefaultStoppingStrategy() =>
        With(copy => copy.Strategy = SupervisorStrategy.StoppingStrategy.WithMaxNrOfRetries(Strategy.MaxNumberOfRetries));

    public override BackoffOptions WithMaxNrOfRetries(int maxNrOfRetries) =>
        With(copy => copy.Strategy = Strategy.WithMaxNrOfRetries(maxNrOfRetries));

    public override BackoffOptions WithReplyWhileStopped(object replyWhileStopped) =>
        With(copy => copy.ReplyWhileStopped = replyWhileStopped);

    public override BackoffOptions WithFinalStopMessage(Func<object, bool> isFinalStopMessage) =>
        With(copy => copy.IsFinalStopMessage = isFinalStopMessage);

    private BackoffOptionsOf With(Action<BackoffOptionsOf> change)
    {
        var copy = (BackoffOptionsOf)MemberwiseClone();
        change(copy);
        return copy;
    }
}
