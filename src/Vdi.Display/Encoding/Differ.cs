using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding;

/// <summary>Finds what differs between two pictures: rows by compare, then 16-pixel blocks, joined to rectangles.
/// Guests often declare more damage than they changed; the compare decides.</summary>
internal static class Differ
{
    public const int Block = 16;

    /// <summary>Rectangles, aligned to blocks and inside <paramref name="damage"/>'s blocks, that cover every differing pixel.</summary>
    public static List<Rectangle> Find(Picture shown, Picture current, Rectangle damage)
    {
        var result = new List<Rectangle>();
        var open = new List<Rectangle>();
        damage = Align(damage, current.Bounds);
        for (var y = damage.Y; y < damage.Bottom; y += Block)
        {
            var height = Math.Min(Block, damage.Bottom - y);
            var next = new List<Rectangle>();
            foreach (var run in RunsIn(shown, current, new Rectangle(damage.X, y, damage.Width, height)))
            {
                var above = open.FindIndex(o => o.X == run.X && o.Width == run.Width);
                if (above >= 0)
                {
                    next.Add(open[above] with { Height = open[above].Height + height });
                    open.RemoveAt(above);
                }
                else
                {
                    next.Add(run);
                }
            }

            result.AddRange(open);
            open = next;
        }

        result.AddRange(open);
        return result;
    }

    private static List<Rectangle> RunsIn(Picture shown, Picture current, Rectangle band)
    {
        var runs = new List<Rectangle>();
        if (Same(shown, current, band))
        {
            return runs;
        }

        var start = -1;
        for (var x = band.X; x <= band.Right; x += Block)
        {
            var differs = x < band.Right && !Same(shown, current, new Rectangle(x, band.Y, Math.Min(Block, band.Right - x), band.Height));
            if (differs && start < 0)
            {
                start = x;
            }
            else if (!differs && start >= 0)
            {
                runs.Add(band with { X = start, Width = Math.Min(x, band.Right) - start });
                start = -1;
            }
        }

        if (start >= 0)
        {
            runs.Add(band with { X = start, Width = band.Right - start });
        }

        return runs;
    }

    private static bool Same(Picture shown, Picture current, Rectangle area)
    {
        for (var row = 0; row < area.Height; row++)
        {
            if (!shown.Row(area.X, area.Y + row, area.Width).SequenceEqual(current.Row(area.X, area.Y + row, area.Width)))
            {
                return false;
            }
        }

        return true;
    }

    private static Rectangle Align(Rectangle area, Rectangle bounds)
    {
        var (x, y) = (area.X / Block * Block, area.Y / Block * Block);
        return new Rectangle(x, y, area.Right - x, area.Bottom - y).Intersect(bounds);
    }
}
