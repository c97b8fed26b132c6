using System.Collections.Concurrent;
using Akka.Actor;

namespace Akka.Event;

/// <summary>Publish and subscribe by classifier; a subscription to a classifier covers those below it.</summary>
public abstract class EventBus<TEvent, TClassifier, TSubscriber>
{
    private readonly Lock _lock = new();
    private readonly List<(TSubscriber Subscriber, TClassifier Classifier)> _subscriptions = [];
    // Whom to tell, by an event's own classifier; emptied with each change.
    private ConcurrentDictionary<TClassifier, TSubscriber[]> _receivers = new();

    /// <returns>False when the subscriber had it already.</returns>
    public virtual bool Subscribe(TSubscriber subscriber, TClassifier classifier)
    {
        lock (_lock)
        {
            if (_subscriptions.Any(one =>
                    one.Subscriber.Equals(subscriber) && IsSubClassification(one.Classifier, classifier)))
            {
                return false;
            }

            _subscriptions.Add((subscriber, classifier));
            _receivers = new();
            return true;
        }
    }

    /// <summary>Takes back the subscriptions to the classifier and to those below it.</summary>
    public virtual bool Unsubscribe(TSubscriber subscriber, TClassifier classifier) => Remove(one =>
        one.Subscriber.Equals(subscriber) && IsSubClassification(classifier, one.Classifier));

    public virtual bool Unsubscribe(TSubscriber subscriber) => Remove(one => one.Subscriber.Equals(subscriber));

    public virtual void Publish(TEvent @event)
    {
        foreach (var subscriber in Volatile.Read(ref _receivers).GetOrAdd(GetClassifier(@event), ReceiversOf))
        {
            Publish(@event, subscriber);
        }
    }

    protected abstract bool IsSubClassification(TClassifier parent, TClassifier child);

    protected abstract void Publish(TEvent @event, TSubscriber subscriber);

    protected abstract TClassifier GetClassifier(TEvent @event);

    private bool Remove(Predicate<(TSubscriber Subscriber, TClassifier Classifier)> condition)
    {
        lock (_lock)
        {
            _receivers = new();
            return _subscriptions.RemoveAll(condition) > 0;
        }
    }

    private TSubscriber[] ReceiversOf(TClassifier classifier)
    {
        lock (_lock)
        {
            return
            [
                .. _subscriptions.Where(one => IsSubClassification(one.Classifier, classifier))
                    .Select(one => one.Subscriber).Distinct(),
            ];
        }
    }
}

/// <summary>A bus whose subscribers are actors.</summary>
public abstract class ActorEventBus<TEvent, TClassifier> : EventBus<TEvent, TClassifier, IActorRef>;
