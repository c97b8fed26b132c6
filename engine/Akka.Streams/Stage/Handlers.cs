using Akka.Streams.Implementation;

namespace Akka.Streams.Stage;

public interface IInHandler
{
    /// <summary>An element has arrived and waits to be grabbed.</summary>
    void OnPush();

    void OnUpstreamFinish();

    void OnUpstreamFailure(Exception e);
}

public interface IOutHandler
{
    /// <summary>The downstream has asked for one element.</summary>
    void OnPull();

    void OnDownstreamFinish(Exception cause);
}

/// <summary>Unless overridden, an end upstream ends the stage likewise.</summary>
public abstract class InHandler : IInHandler
{
    public abstract void OnPush();

    public virtual void OnUpstreamFinish() => GraphInterpreter.ActiveStage.CompleteStage();

    public virtual void OnUpstreamFailure(Exception e) => GraphInterpreter.ActiveStage.FailStage(e);
}

/// <summary>Unless overridden, a cancelled outlet cancels the stage.</summary>
public abstract class OutHandler : IOutHandler
{
    public abstract void OnPull();

    public virtual void OnDownstreamFinish(Exception cause) => GraphInterpreter.ActiveStage.CancelStage(cause);
}

/// <summary>A logic that handles its inlet itself.</summary>
public abstract class InGraphStageLogic : GraphStageLogic, IInHandler
{
    protected InGraphStageLogic(int inCount, int outCount)
        : base(inCount, outCount)
    {
    }

    protected InGraphStageLogic(Shape shape)
        : base(shape)
    {
    }

    public abstract void OnPush();

    public virtual void OnUpstreamFinish() => CompleteStage();

    public virtual void OnUpstreamFailure(Exception e) => FailStage(e);
}

/// <summary>A logic that handles its outlet itself.</summary>
public abstract class OutGraphStageLogic : GraphStageLogic, IOutHandler
{
    protected OutGraphStageLogic(int inCount, int outCount)
        : base(inCount, outCount)
    {
    }

    protected OutGraphStageLogic(Shape shape)
        : base(shape)
    {
    }

    public abstract void OnPull();

    public virtual void OnDownstreamFinish(Exception cause) => CancelStage(cause);
}

/// <summary>A logic that handles its inlet and its outlet itself.</summary>
public abstract class InAndOutGraphStageLogic : GraphStageLogic, IInHandler, IOutHandler
{
    protected InAndOutGraphStageLogic(Shape shape)
        : base(shape)
    {
    }

    public abstract void OnPush();

    public virtual void OnUpstreamFinish() => CompleteStage();

    public virtual void OnUpstreamFailure(Exception e) => FailStage(e);

    public abstract void OnPull();

    public virtual void OnDownstreamFinish(Exception cause) => CancelStage(cause);
}
