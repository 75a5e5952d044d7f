namespace Vdi.Emulator.Machines;

/// <summary>Steps that take back what was done, run newest first unless <see cref="Keep"/> was called. They only run because something
/// failed or was cancelled: that is what the caller must hear, so a step that fails is told to <paramref name="failed"/> and not thrown.</summary>
public sealed class UndoStack(Action<Exception>? failed = null) : IAsyncDisposable
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
        while (_steps.TryPop(out var step))
        {
            try
            {
                await step();
            }
            catch (Exception e)
            {
                failed?.Invoke(e);
            }
        }
    }
}
