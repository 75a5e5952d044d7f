using Vdi.Display.Sources;
using Vdi.Protocol.Wire;

namespace Vdi.TestSupport.Screens;

/// <summary>Believes nothing: a source must not hand on what lies outside the screen that it announced.</summary>
public sealed class StrictSink : IDisplaySink
{
    private (int Width, int Height) _size;

    public int Updates { get; private set; }

    public int Resizes { get; private set; }

    public int Cursors { get; private set; }

    public int Flushes { get; private set; }

    public void Resize(int width, int height)
    {
        Must(width is >= 1 and <= Size.Max && height is >= 1 and <= Size.Max, $"a screen of {width} x {height}");
        (_size, Resizes) = ((width, height), Resizes + 1);
    }

    public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride)
    {
        Must(area is { X: >= 0, Y: >= 0, Width: > 0, Height: > 0 } && area.Right <= _size.Width && area.Bottom <= _size.Height, $"{area} on a screen of {_size}");
        Must(stride >= area.Width * 4 && pixels.Length >= ((area.Height - 1) * stride) + (area.Width * 4), "fewer pixels than the rectangle has");
        Updates++;
    }

    public void Flush() => Flushes++;

    public void SetCursor(Cursor cursor)
    {
        Must(cursor.Width is >= 0 and <= Cursor.Max && cursor.Height is >= 0 and <= Cursor.Max && cursor.Rgba.Length == cursor.Width * cursor.Height * 4, $"a pointer of {cursor.Width} x {cursor.Height}");
        Cursors++;
    }

    private static void Must(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"The source handed on {what}");
        }
    }
}
