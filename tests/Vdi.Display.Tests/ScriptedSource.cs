using Vdi.Display.Sources;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Tests;

/// <summary>A source that shows what the test paints.</summary>
internal sealed class ScriptedSource : IDisplaySource
{
    private readonly TaskCompletionSource<IDisplaySink> _sink = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _break = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<IDisplaySink> Sink => _sink.Task;

    public List<(bool Down, int Qnum)> Keys { get; } = [];

    public List<(int Width, int Height)> Sizes { get; } = [];

    public void Break(Exception cause) => _break.SetException(cause);

    public Task RunAsync(IDisplaySink sink, CancellationToken stop)
    {
        _sink.TrySetResult(sink);
        return _break.Task.WaitAsync(stop);
    }

    public ValueTask KeyAsync(bool down, int qnum, CancellationToken stop)
    {
        Keys.Add((down, qnum));
        return ValueTask.CompletedTask;
    }

    public ValueTask PointerAsync(int x, int y, int buttons, CancellationToken stop) => ValueTask.CompletedTask;

    public ValueTask MotionAsync(int dx, int dy, int buttons, CancellationToken stop) => ValueTask.CompletedTask;

    public ValueTask WheelAsync(int dx, int dy, CancellationToken stop) => ValueTask.CompletedTask;

    public ValueTask SuggestSizeAsync(int width, int height, CancellationToken stop)
    {
        Sizes.Add((width, height));
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static void Paint(IDisplaySink sink, Rectangle area, Func<int, int, uint> colour)
    {
        var pixels = new byte[area.Area * 4];
        for (var y = 0; y < area.Height; y++)
        {
            for (var x = 0; x < area.Width; x++)
            {
                BitConverter.TryWriteBytes(pixels.AsSpan(((y * area.Width) + x) * 4), colour(area.X + x, area.Y + y));
            }
        }

        sink.Update(area, pixels, area.Width * 4);
        sink.Flush();
    }

    /// <summary>Soft shapes that move under film grain.</summary>
    public static Func<int, int, uint> Film(int frame, Random grain) => (x, y) =>
    {
        var light = (int)(110 + (60 * Math.Sin((x + (frame * 3)) / 40.0)) + (40 * Math.Cos((y - frame) / 30.0))) + 12 + grain.Next(12);
        return (uint)(light | (((light * 3 / 4) + grain.Next(12)) << 8) | ((255 - light + grain.Next(12)) << 16));
    };
}
