using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding;

/// <summary>Finds what differs between two pictures: rows by compare, then 16-pixel blocks, joined to rectangles.
/// Guests often declare more damage than they changed; the compare decides.</summary>
internal static class Differ
{
    public const int Block = 16;

    /// <summary>Rectangles inside <paramref name="damage"/>'s blocks that cover every differing pixel, cut to what differs.</summary>
    public static List<Rectangle> Find(Picture shown, Picture current, Rectangle damage)
    {
        var areas = FindBlocks(shown, current, damage);
        for (var i = 0; i < areas.Count; i++)
        {
            areas[i] = Crop(shown, current, areas[i]);
        }

        return areas;
    }

    /// <summary>The same, aligned to blocks.</summary>
    public static List<Rectangle> FindBlocks(Picture shown, Picture current, Rectangle damage)
    {
        var joiner = new Joiner();
        damage = Align(damage, current.Bounds);
        for (var y = damage.Y; y < damage.Bottom; y += Block)
        {
            var height = Math.Min(Block, damage.Bottom - y);
            joiner.Add(RunsIn(shown, current, new Rectangle(damage.X, y, damage.Width, height)));
        }

        return joiner.End();
    }

    public static bool Differs(Picture shown, Picture current, Rectangle area) => !area.IsEmpty && !Same(shown, current, area);

    /// <summary>The blocks of an aligned area.</summary>
    public static IEnumerable<Rectangle> BlocksOf(Rectangle area)
    {
        for (var y = area.Y; y < area.Bottom; y += Block)
        {
            for (var x = area.X; x < area.Right; x += Block)
            {
                yield return new Rectangle(x, y, Math.Min(Block, area.Right - x), Math.Min(Block, area.Bottom - y));
            }
        }
    }

    /// <summary>The smallest area of whole blocks, or to the end of the screen, that holds this one.</summary>
    public static Rectangle Align(Rectangle area, Rectangle bounds)
    {
        var (x, y) = (area.X / Block * Block, area.Y / Block * Block);
        var (right, bottom) = ((area.Right + Block - 1) / Block * Block, (area.Bottom + Block - 1) / Block * Block);
        return new Rectangle(x, y, right - x, bottom - y).Intersect(bounds);
    }

    /// <summary>Rectangles of the blocks whose corners these are.</summary>
    public static List<Rectangle> Join(IReadOnlySet<(int X, int Y)> corners, Rectangle bounds)
    {
        var joiner = new Joiner();
        if (corners.Count == 0)
        {
            return [];
        }

        var (top, bottom) = (corners.Min(corner => corner.Y), corners.Max(corner => corner.Y));
        var rows = corners.ToLookup(corner => corner.Y, corner => corner.X);
        for (var y = top; y <= bottom; y += Block)
        {
            var runs = new List<Rectangle>();
            foreach (var x in rows[y].Order())
            {
                var block = new Rectangle(x, y, Block, Block).Intersect(bounds);
                if (runs.Count > 0 && runs[^1].Right == x)
                {
                    runs[^1] = runs[^1] with { Width = runs[^1].Width + block.Width };
                }
                else
                {
                    runs.Add(block);
                }
            }

            joiner.Add(runs);
        }

        return joiner.End();
    }

    private static Rectangle Crop(Picture shown, Picture current, Rectangle area)
    {
        while (Same(shown, current, area with { Height = 1 }))
        {
            area = area with { Y = area.Y + 1, Height = area.Height - 1 };
        }

        while (Same(shown, current, area with { Y = area.Bottom - 1, Height = 1 }))
        {
            area = area with { Height = area.Height - 1 };
        }

        var (left, right) = (area.Width, 0);
        for (var y = area.Y; y < area.Bottom; y++)
        {
            var one = shown.Words(area.X, y, area.Width);
            var two = current.Words(area.X, y, area.Width);
            var same = one.CommonPrefixLength(two);
            if (same == area.Width)
            {
                continue;
            }

            left = Math.Min(left, same);
            var last = area.Width - 1;
            while (last >= right && one[last] == two[last])
            {
                last--;
            }

            right = Math.Max(right, last + 1);
        }

        return area with { X = area.X + left, Width = right - left };
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

    /// <summary>Takes runs band by band, from top to bottom, and joins those of the same width to rectangles.</summary>
    private sealed class Joiner
    {
        private readonly List<Rectangle> _done = [];
        private List<Rectangle> _open = [];

        public void Add(List<Rectangle> runs)
        {
            var next = new List<Rectangle>();
            foreach (var run in runs)
            {
                var above = _open.FindIndex(open => open.X == run.X && open.Width == run.Width && open.Bottom == run.Y);
                if (above >= 0)
                {
                    next.Add(_open[above] with { Height = _open[above].Height + run.Height });
                    _open.RemoveAt(above);
                }
                else
                {
                    next.Add(run);
                }
            }

            _done.AddRange(_open);
            _open = next;
        }

        public List<Rectangle> End()
        {
            _done.AddRange(_open);
            return _done;
        }
    }
}
