using System.Collections.Concurrent;
using Vdi.Display.Sources;
using Vdi.Protocol.Wire;

namespace Vdi.TestSupport.Screens;

/// <summary>Whoever stands at the other end of a source, and does what a test says. Colours are 0xRRGGBB, of shapes 0xAARRGGBB.</summary>
public abstract class ScriptedPeer : IAsyncDisposable
{
    public abstract IDisplaySource Source { get; }

    /// <summary>Keys, places and buttons as the guest would get them, in order.</summary>
    public ConcurrentQueue<string> Heard { get; } = new();

    /// <summary>A screen of that size, all of it.</summary>
    public abstract Task ShowAsync(int width, int height, Func<int, int, uint> colour);

    /// <summary>Another picture inside the screen that is shown.</summary>
    public abstract Task ChangeAsync(Rectangle area, Func<int, int, uint> colour);

    public abstract Task PointAsync(int width, int height, int hotX, int hotY, Func<int, int, uint> colour);

    /// <summary>The guest takes motion from now on, and no places.</summary>
    public virtual Task BecomeRelativeAsync() => throw new NotSupportedException();

    /// <summary>Says what makes no sense.</summary>
    public abstract Task BabbleAsync();

    /// <summary>Says half of something.</summary>
    public abstract Task BeginAsync();

    public abstract Task LeaveAsync();

    public abstract ValueTask DisposeAsync();

    protected static byte[] Pixels(Rectangle area, Func<int, int, uint> colour)
    {
        var pixels = new byte[area.Width * area.Height * 4];
        for (var (y, at) = (0, 0); y < area.Height; y++)
        {
            for (var x = 0; x < area.Width; x++, at += 4)
            {
                BitConverter.TryWriteBytes(pixels.AsSpan(at), colour(area.X + x, area.Y + y));
            }
        }

        return pixels;
    }

    /// <summary>From 0xAARRGGBB in memory to red, green, blue, alpha; and back.</summary>
    protected static byte[] Swapped(byte[] pixels)
    {
        for (var at = 0; at < pixels.Length; at += 4)
        {
            (pixels[at], pixels[at + 2]) = (pixels[at + 2], pixels[at]);
        }

        return pixels;
    }
}
