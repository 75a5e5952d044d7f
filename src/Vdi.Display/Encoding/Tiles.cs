using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding;

/// <summary>Pieces of the screen of at most 64 x 64 pixels, cut between tiles of the whole screen.</summary>
internal static class Tiles
{
    /// <summary>Joins neighbouring tiles to rectangles with sides of at most <paramref name="side"/>.</summary>
    public static List<Rectangle> Merge(IEnumerable<Rectangle> tiles, int side)
    {
        var rows = new List<Rectangle>();
        foreach (var tile in tiles.OrderBy(tile => tile.Y).ThenBy(tile => tile.X))
        {
            if (rows.Count > 0 && rows[^1] is var left && left.Y == tile.Y && left.Height == tile.Height && left.Right == tile.X && left.Width + tile.Width <= side)
            {
                rows[^1] = left with { Width = left.Width + tile.Width };
            }
            else
            {
                rows.Add(tile);
            }
        }

        var merged = new List<Rectangle>();
        foreach (var row in rows)
        {
            var above = merged.FindLastIndex(done => done.X == row.X && done.Width == row.Width && done.Bottom == row.Y && done.Height + row.Height <= side);
            if (above >= 0)
            {
                merged[above] = merged[above] with { Height = merged[above].Height + row.Height };
            }
            else
            {
                merged.Add(row);
            }
        }

        return merged;
    }
}
