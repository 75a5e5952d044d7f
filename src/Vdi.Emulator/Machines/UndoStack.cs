namespace Vdi.Emulator.Machines;

/// <summary>Steps that take back what was done, run newest first unless <see cref="Keep"/> was called.</summary>
public sealed class UndoStack : IAsyncDisposable
{
    private readonly Stack<Func<ValueTask>> _steps = new();

    public void Push(Func<ValueTask> step) => _steps.Push(step);

    public void Push(Action step) => _steps.Push(() =>
    {
        step();
        return ValueTask.CompletedTask;
    });

    /// <summary>All went well: nothing is taken back.</summary>
    public void Keep() => _steps.Clear();

    public async ValueTask DisposeAsync()
    {
        List<Exception> failures = [];
        while (_steps.TryPop(out var step))
        {
            try
            {
                await step();
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException("Some steps could not be undone", failures);
        }
    }
}
