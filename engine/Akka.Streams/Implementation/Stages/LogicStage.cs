using Akka.Streams.Stage;
using Akka.Streams.Supervision;

namespace Akka.Streams.Implementation.Stages;

/// <summary>A built-in stage: its shape, its name and how to make a logic with its value.</summary>
internal sealed class LogicStage<TShape, TMat>(
    string name, TShape shape, Func<TShape, (GraphStageLogic Logic, TMat Value)> create)
    : GraphStageWithMaterializedValue<TShape, TMat>
    where TShape : Shape
{
    public override TShape Shape { get; } = shape;

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName(name);

    public override string ToString() => name;

    public override ILogicAndMaterializedValue<TMat> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var (logic, value) = create(Shape);
        return new LogicAndMaterializedValue<TMat>(logic, value);
    }
}

internal static class StageOf
{
    public static LogicStage<FlowShape<TIn, TOut>, NotUsed> Flow<TIn, TOut>(
        string name, Func<FlowShape<TIn, TOut>, GraphStageLogic> create) =>
        Flow<TIn, TOut, NotUsed>(name, shape => (create(shape), NotUsed.Instance));

    public static LogicStage<FlowShape<TIn, TOut>, TMat> Flow<TIn, TOut, TMat>(
        string name, Func<FlowShape<TIn, TOut>, (GraphStageLogic Logic, TMat Value)> create) =>
        new(name, new FlowShape<TIn, TOut>(new Inlet<TIn>($"{name}.in"), new Outlet<TOut>($"{name}.out")), create);

    public static LogicStage<SourceShape<TOut>, TMat> Source<TOut, TMat>(
        string name, Func<SourceShape<TOut>, (GraphStageLogic Logic, TMat Value)> create) =>
        new(name, new SourceShape<TOut>(new Outlet<TOut>($"{name}.out")), create);

    public static LogicStage<SinkShape<TIn>, TMat> Sink<TIn, TMat>(
        string name, Func<SinkShape<TIn>, (GraphStageLogic Logic, TMat Value)> create) =>
        new(name, new SinkShape<TIn>(new Inlet<TIn>($"{name}.in")), create);
}

/// <summary>Passes demand through, and asks the supervision strategy when the user's function throws.</summary>
internal abstract class LinearLogic<TIn, TOut> : InAndOutGraphStageLogic
{
    protected LinearLogic(FlowShape<TIn, TOut> shape)
        : base(shape)
    {
        (In, Out) = (shape.Inlet, shape.Outlet);
        SetHandlers(In, Out, this);
    }

    protected Inlet<TIn> In { get; }

    protected Outlet<TOut> Out { get; }

    public override void OnPull() => Pull(In);

    /// <returns>True when the stage goes on without the element; false when it has failed.</returns>
    protected bool Survives(Exception cause)
    {
        var decider = EffectiveAttributes.GetAttribute<ActorAttributes.SupervisionStrategy>()?.Decider;
        switch ((decider ?? Deciders.StoppingDecider)(cause))
        {
            case Directive.Stop:
                FailStage(cause);
                return false;
            case Directive.Restart:
                Restart();
                return true;
            default:
                return true;
        }
    }

    /// <summary>Back to the first state.</summary>
    protected virtual void Restart()
    {
    }
}

/// <summary>Passes everything through and may end the stream by time.</summary>
internal abstract class LinearTimerLogic<TIn, TOut> : TimerGraphStageLogic, IInHandler, IOutHandler
{
    protected LinearTimerLogic(FlowShape<TIn, TOut> shape)
        : base(shape)
    {
        (In, Out) = (shape.Inlet, shape.Outlet);
        SetHandler(In, this);
        SetHandler(Out, this);
    }

    protected Inlet<TIn> In { get; }

    protected Outlet<TOut> Out { get; }

    public abstract void OnPush();

    public virtual void OnPull() => Pull(In);

    public virtual void OnUpstreamFinish() => CompleteStage();

    public void OnUpstreamFailure(Exception e) => FailStage(e);

    public void OnDownstreamFinish(Exception cause) => CancelStage(cause);
}
