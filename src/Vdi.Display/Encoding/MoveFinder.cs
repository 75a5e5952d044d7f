using System.Runtime.InteropServices;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding;

/// <summary>Finds what only moved: scrolled pages, dragged windows. Short runs of pixels with contrast (anchors) of what changed are looked
/// for in the old picture by a rolling hash; the vectors that most of them agree on are verified block by block, exactly.</summary>
internal static class MoveFinder
{
    /// <summary>Pixels of an anchor.</summary>
    private const int Run = 16;

    /// <summary>Old rows that are looked at: every fourth, for anchors come in fours of neighbouring rows.</summary>
    private const int RowStep = 4;
    private const int MaxAnchors = 2048;
    private const int MaxVectors = 4;

    /// <summary>Changes of fewer blocks cost less than looking for where they came from.</summary>
    private const int MinBlocks = 24;
    private const int MinVotes = 4;
    private const ulong Base = 0x9E3779B97F4A7C15;
    private static readonly ulong Leaving = Power(Run - 1);

    /// <summary>Moves from <paramref name="old"/> to <paramref name="current"/> inside <paramref name="changed"/>; all of them read the old picture
    /// as it was before the first.</summary>
    public static List<Move> Find(Picture old, Picture current, IReadOnlyList<Rectangle> changed)
    {
        const int block = Differ.Block;
        if (changed.Sum(area => ((area.Width + block - 1) / block) * ((area.Height + block - 1) / block)) < MinBlocks)
        {
            return [];
        }

        var anchors = Anchors(current, changed);
        if (anchors.Count < MinVotes)
        {
            return [];
        }

        var vectors = Vote(old, anchors, changed.Aggregate((all, area) => all.Union(area)));
        return vectors.Count == 0 ? [] : Verify(old, current, changed, vectors);
    }

    /// <summary>Hash -> where it is in the new picture; what is there twice says nothing.</summary>
    private static AnchorTable Anchors(Picture current, IReadOnlyList<Rectangle> changed)
    {
        var table = new AnchorTable();
        var places = changed.Sum(area => (long)area.Area) / (Run * RowStep);
        var stride = Math.Max(1, (int)(places / MaxAnchors));
        var turn = 0;
        foreach (var area in changed)
        {
            for (var y = area.Y; y + RowStep <= area.Bottom; y += RowStep)
            {
                for (var x = area.X; x + Run <= area.Right; x += Run)
                {
                    if (turn++ % stride != 0)
                    {
                        continue;
                    }

                    for (var row = 0; row < RowStep; row++)
                    {
                        var pixels = current.Words(x, y + row, Run);
                        if (HasContrast(pixels))
                        {
                            table.Add(Hash(pixels), x, y + row);
                        }
                    }
                }
            }
        }

        return table;
    }

    private static bool HasContrast(ReadOnlySpan<uint> pixels)
    {
        var changes = 0;
        for (var i = 1; i < pixels.Length; i++)
        {
            changes += pixels[i] != pixels[i - 1] ? 1 : 0;
        }

        return changes >= 4;
    }

    private static List<(int X, int Y)> Vote(Picture old, AnchorTable anchors, Rectangle region)
    {
        var votes = new Dictionary<(int, int), int>();
        for (var y = region.Y + (RowStep - (region.Y % RowStep)) % RowStep; y < region.Bottom; y += RowStep)
        {
            var row = old.Words(region.X, y, region.Width);
            if (row.Length < Run)
            {
                break;
            }

            var hash = Hash(row[..Run]);
            for (var x = 0; ; x++)
            {
                if (anchors.TryFind(hash, out var at))
                {
                    var vector = (at.X - (region.X + x), at.Y - y);
                    if (vector != (0, 0))
                    {
                        CollectionsMarshal.GetValueRefOrAddDefault(votes, vector, out _)++;
                    }
                }

                if (x + Run >= row.Length)
                {
                    break;
                }

                hash = ((hash - (row[x] * Leaving)) * Base) + row[x + Run];
            }
        }

        return [.. votes.Where(vote => vote.Value >= MinVotes).OrderByDescending(vote => vote.Value).Take(MaxVectors).Select(vote => vote.Key)];
    }

    private static List<Move> Verify(Picture old, Picture current, IReadOnlyList<Rectangle> changed, List<(int X, int Y)> vectors)
    {
        var moved = vectors.ConvertAll(_ => new HashSet<(int X, int Y)>());
        foreach (var block in changed.SelectMany(Differ.BlocksOf))
        {
            if (VectorOf(old, current, block, vectors) is >= 0 and var vector)
            {
                moved[vector].Add((block.X, block.Y));
            }
        }

        var moves = new List<Move>();
        foreach (var (vector, blocks) in vectors.Zip(moved))
        {
            foreach (var area in Differ.Join(blocks, current.Bounds))
            {
                var grown = Grow(old, current, area, vector);
                moves.Add(new Move(grown, grown.X - vector.X, grown.Y - vector.Y));
            }
        }

        // Many tiny pieces cost more than they say.
        moves.RemoveAll(move => move.To.Area < 2 * Differ.Block * Differ.Block);
        return moves.Count <= Move.Most ? moves : [];
    }

    private static int VectorOf(Picture old, Picture current, Rectangle block, List<(int X, int Y)> vectors)
    {
        for (var i = 0; i < vectors.Count; i++)
        {
            if (Same(old, current, block, vectors[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Blocks are aligned, what moved is not: takes in the rows and columns around that moved along.</summary>
    private static Rectangle Grow(Picture old, Picture current, Rectangle area, (int X, int Y) vector)
    {
        for (var grew = 0; grew < Differ.Block && Same(old, current, area with { Y = area.Y - 1, Height = 1 }, vector); grew++)
        {
            area = area with { Y = area.Y - 1, Height = area.Height + 1 };
        }

        for (var grew = 0; grew < Differ.Block && Same(old, current, area with { Y = area.Bottom, Height = 1 }, vector); grew++)
        {
            area = area with { Height = area.Height + 1 };
        }

        for (var grew = 0; grew < Differ.Block && Same(old, current, area with { X = area.X - 1, Width = 1 }, vector); grew++)
        {
            area = area with { X = area.X - 1, Width = area.Width + 1 };
        }

        for (var grew = 0; grew < Differ.Block && Same(old, current, area with { X = area.Right, Width = 1 }, vector); grew++)
        {
            area = area with { Width = area.Width + 1 };
        }

        return area;
    }

    private static bool Same(Picture old, Picture current, Rectangle area, (int X, int Y) vector)
    {
        var from = area with { X = area.X - vector.X, Y = area.Y - vector.Y };
        if (from.Intersect(old.Bounds) != from || area.Intersect(current.Bounds) != area)
        {
            return false;
        }

        for (var row = 0; row < area.Height; row++)
        {
            if (!old.Row(from.X, from.Y + row, area.Width).SequenceEqual(current.Row(area.X, area.Y + row, area.Width)))
            {
                return false;
            }
        }

        return true;
    }

    private static ulong Hash(ReadOnlySpan<uint> pixels)
    {
        var hash = 0UL;
        foreach (var pixel in pixels)
        {
            hash = (hash * Base) + pixel;
        }

        return hash;
    }

    private static ulong Power(int exponent)
    {
        var power = 1UL;
        for (var i = 0; i < exponent; i++)
        {
            power *= Base;
        }

        return power;
    }
}
