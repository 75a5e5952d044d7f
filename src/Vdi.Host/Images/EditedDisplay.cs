using Vdi.Display.Sources;
using Vdi.Emulator.Machines;

namespace Vdi.Host.Images;

/// <summary>The display of one QEMU of an editing machine. That its line is closed is no failure where that QEMU was ended, for a checkpoint or to go back:
/// the screen waits for the next one.</summary>
internal sealed class EditedDisplay(IDisplaySource inner, IMachine machine, TimeProvider time) : IDisplaySource
{
    /// <summary>From the end of its lines to the end of a process.</summary>
    private static readonly TimeSpan Ending = TimeSpan.FromSeconds(2);

    public async Task RunAsync(IDisplaySink sink, CancellationToken stop)
    {
        try
        {
            await inner.RunAsync(sink, stop);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            for (var began = time.GetTimestamp(); machine.IsAlive;)
            {
                if (time.GetElapsedTime(began) > Ending)
                {
                    throw;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), time, stop);
            }
        }
    }

    public ValueTask KeyAsync(bool down, int qnum, CancellationToken stop) => inner.KeyAsync(down, qnum, stop);

    public ValueTask PointerAsync(int x, int y, int buttons, CancellationToken stop) => inner.PointerAsync(x, y, buttons, stop);

    public ValueTask MotionAsync(int dx, int dy, int buttons, CancellationToken stop) => inner.MotionAsync(dx, dy, buttons, stop);

    public ValueTask WheelAsync(int dx, int dy, CancellationToken stop) => inner.WheelAsync(dx, dy, stop);

    public ValueTask SuggestSizeAsync(int width, int height, CancellationToken stop) => inner.SuggestSizeAsync(width, height, stop);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
