namespace Akka.Util;

/// <summary>A random source that each thread may use without a lock; not for secrets.</summary>
public static class ThreadLocalRandom
{
    public static Random Current => Random.Shared;
}
