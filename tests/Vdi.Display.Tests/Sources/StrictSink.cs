using Vdi.Display.Sources;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Tests.Sources;

/// <summary>Believes nothing: a source must not hand on what lies outside the screen that it announced.</summary>
internal sealed class StrictSink : IDisplaySink
{
    private (int Width, int Height) _size;

    public int Updates { get; private set; }

    public int Resizes { get; private set; }

    public int Cursors { get; private set; }

    public int Flushes { get; private set; }

    public void Resize(int width, int height)
    {
        Assert.InRange(width, 1, Size.Max);
        Assert.InRange(height, 1, Size.Max);
        (_size, Resizes) = ((width, height), Resizes + 1);
    }

    public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride)
    {
        Assert.True(area is { X: >= 0, Y: >= 0, Width: > 0, Height: > 0 } && area.Right <= _size.Width && area.Bottom <= _size.Height, $"{area} on a screen of {_size}");
        Assert.True(stride >= area.Width * 4 && pixels.Length >= ((area.Height - 1) * stride) + (area.Width * 4), "fewer pixels than the rectangle has");
        Updates++;
    }

    public void Flush() => Flushes++;

    public void SetCursor(Cursor cursor)
    {
        Assert.InRange(cursor.Width, 0, Cursor.Max);
        Assert.InRange(cursor.Height, 0, Cursor.Max);
        Assert.Equal(cursor.Width * cursor.Height * 4, cursor.Rgba.Length);
        Cursors++;
    }
}
