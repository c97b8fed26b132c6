using Akka.Streams.Implementation;

namespace Akka.Streams.Stage;

public interface ILogicAndMaterializedValue<out TMaterialized>
{
    GraphStageLogic Logic { get; }

    TMaterialized MaterializedValue { get; }
}

public readonly struct LogicAndMaterializedValue<TMaterialized>(GraphStageLogic logic, TMaterialized materializedValue)
    : ILogicAndMaterializedValue<TMaterialized>
{
    public GraphStageLogic Logic { get; } = logic;

    public TMaterialized MaterializedValue { get; } = materializedValue;
}

public interface IGraphStageWithMaterializedValue<out TShape, out TMaterialized> : IGraph<TShape, TMaterialized>
    where TShape : Shape
{
    ILogicAndMaterializedValue<TMaterialized> CreateLogicAndMaterializedValue(Attributes attributes);
}

/// <summary>A stage with a value for whoever runs it. The stage is shared; each run gets a logic of its own.</summary>
public abstract class GraphStageWithMaterializedValue<TShape, TMaterialized>
    : IGraphStageWithMaterializedValue<TShape, TMaterialized>
    where TShape : Shape
{
    private Module? _module;

    public abstract TShape Shape { get; }

    public IModule Module => _module ??= CreateModule();

    protected virtual Attributes InitialAttributes => Attributes.None;

    public abstract ILogicAndMaterializedValue<TMaterialized> CreateLogicAndMaterializedValue(
        Attributes inheritedAttributes);

    private StageModule<TShape, TMaterialized> CreateModule()
    {
        var shape = Shape;
        for (var i = 0; i < shape.Inlets.Length; i++)
        {
            shape.Inlets[i].Id = i;
        }

        for (var i = 0; i < shape.Outlets.Length; i++)
        {
            shape.Outlets[i].Id = i;
        }

        return new StageModule<TShape, TMaterialized>(this, shape, InitialAttributes);
    }
}

public abstract class GraphStage<TShape> : GraphStageWithMaterializedValue<TShape, NotUsed>
    where TShape : Shape
{
    public override ILogicAndMaterializedValue<NotUsed> CreateLogicAndMaterializedValue(
        Attributes inheritedAttributes) =>
        new LogicAndMaterializedValue<NotUsed>(CreateLogic(inheritedAttributes), NotUsed.Instance);

    protected abstract GraphStageLogic CreateLogic(Attributes inheritedAttributes);
}
