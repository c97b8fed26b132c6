using System.Linq.Expressions;
using System.Reflection;

namespace Akka.Actor;

/// <summary>How to make an actor: its class and arguments, where it runs, who decides about its children. Immutable.</summary>
public class Props : IEquatable<Props>
{
    public static readonly Props None = new(typeof(Nobody));

    private static readonly object[] NoArguments = [];

    private readonly Func<ActorBase> _produce;

    public Props(Type type, object[] args) : this(Deploy.Local, type, null, args, null)
    {
    }

    public Props(Type type) : this(type, NoArguments)
    {
    }

    protected Props(Props copy) : this(copy.Deploy, copy.Type, copy.SupervisorStrategy, copy.Arguments, copy._produce)
    {
    }

    private Props(Deploy deploy, Type type, SupervisorStrategy strategy, object[] arguments, Func<ActorBase> produce)
    {
        Deploy = deploy;
        Type = type;
        SupervisorStrategy = strategy;
        Arguments = arguments ?? NoArguments;
        _produce = produce;
    }

    public Type Type { get; }

    public object[] Arguments { get; }

    public Deploy Deploy { get; protected set; }

    /// <summary>Null: the actor's own.</summary>
    public SupervisorStrategy SupervisorStrategy { get; protected set; }

    public string Dispatcher => Deploy.Dispatcher;

    public string Mailbox => Deploy.Mailbox;

    /// <summary>The arguments are evaluated here and now, the constructor runs for each incarnation.</summary>
    /// <exception cref="ArgumentException">The expression is not one "new".</exception>
    public static Props Create<TActor>(Expression<Func<TActor>> factory, SupervisorStrategy supervisorStrategy = null)
        where TActor : ActorBase
    {
        if (factory.Body is not NewExpression creation)
        {
            throw new ArgumentException("The create function must be a 'new T (args)' expression", nameof(factory));
        }

        return new Props(
            Deploy.Local, typeof(TActor), supervisorStrategy, [.. creation.Arguments.Select(Evaluate)], null);
    }

    public static Props Create<TActor>(params object[] args) where TActor : ActorBase => new(typeof(TActor), args);

    public static Props Create(Type type, params object[] args) =>
        new(type ?? throw new ArgumentNullException(nameof(type), "Props must be instantiated with an actor type."), args);

    /// <summary>For the engine's own actors, whose constructors are nobody else's business.</summary>
    internal static Props CreateBy<TActor>(Func<TActor> produce) where TActor : ActorBase =>
        new(Deploy.Local, typeof(TActor), null, NoArguments, produce);

    public Props WithDispatcher(string dispatcher) => WithDeploy(Deploy.WithDispatcher(dispatcher));

    public Props WithMailbox(string mailbox) => WithDeploy(Deploy.WithMailbox(mailbox));

    public Props WithDeploy(Deploy deploy)
    {
        var copy = Copy();
        copy.Deploy = deploy.WithFallback(Deploy);
        return copy;
    }

    public Props WithSupervisorStrategy(SupervisorStrategy supervisorStrategy)
    {
        var copy = Copy();
        copy.SupervisorStrategy = supervisorStrategy;
        return copy;
    }

    /// <exception cref="TypeLoadException">The constructor is not public, does not fit the arguments, or threw.</exception>
    public virtual ActorBase NewActor()
    {
        try
        {
            return _produce is not null ? _produce() : (ActorBase)Activator.CreateInstance(Type, Arguments);
        }
        catch (Exception exception)
        {
            var cause = exception is TargetInvocationException { InnerException: { } inner } ? inner : exception;
            throw new TypeLoadException(
                $"Error while creating actor instance of type {Type} with {Arguments.Length} args: "
                + $"({string.Join(',', Arguments.Select(argument => argument?.GetType().Name ?? "null"))})",
                cause);
        }
    }

    public bool Equals(Props other) =>
        other is not null && Type == other.Type && Deploy.Equals(other.Deploy) && Arguments.SequenceEqual(other.Arguments);

    public override bool Equals(object obj) => Equals(obj as Props);

    public override int GetHashCode() => HashCode.Combine(Type, Arguments.Length);

    protected virtual Props Copy() => new(this);

    /// <remarks>Almost every argument is a captured variable; reading it is a thousand times cheaper than compiling.</remarks>
    private static object Evaluate(Expression argument) => argument switch
    {
        null => null,
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field } member => field.GetValue(Evaluate(member.Expression)),
        UnaryExpression { NodeType: ExpressionType.Convert, Type.IsValueType: false, Method: null } conversion
            when conversion.Operand.Type.IsAssignableTo(conversion.Type) => Evaluate(conversion.Operand),
        _ => Expression.Lambda<Func<object>>(Expression.Convert(argument, typeof(object)))
            .Compile(preferInterpretation: true)(),
    };
}
