using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding.Video;

/// <summary>Where pixels of many colours have been new again and again: what may be a video. Times are in milliseconds.</summary>
internal sealed class MotionMap(int width, int height)
{
    private const int Block = Differ.Block;

    /// <summary>A block that has been new at least so often, for at least so long, with no longer pause, shows a video.</summary>
    private const int Changes = 4;
    private const long Duration = 90;
    private const long Pause = 250;

    /// <summary>A camera's smallest picture.</summary>
    private const int MinWidth = 128;
    private const int MinHeight = 96;

    /// <summary>Of a video's rectangle at least this share moves.</summary>
    private const double Filled = 0.6;
    private readonly BlockGrid _grid = new(width, height);
    private readonly State[] _blocks = new State[new BlockGrid(width, height).Count];

    /// <summary>Notes areas whose pixels were sent at <paramref name="now"/>.</summary>
    public void Saw(IEnumerable<Rectangle> areas, long now)
    {
        foreach (var area in areas)
        {
            foreach (var i in _grid.Touched(area))
            {
                ref var block = ref _blocks[i];
                block = block.Count == 0 || now - block.Last > Pause ? new State(now, now, 1, area)
                    : new State(block.Since, now, block.Count + (block.Last == now ? 0 : 1), block.Seen.Union(area));
            }
        }
    }

    /// <summary>The videos that play now, each exactly as wide and high as what was new in it.</summary>
    /// <param name="grows">Whether what is too small to be one belongs to one that is known already.</param>
    public List<Rectangle> Videos(long now, Predicate<Rectangle> grows)
    {
        var (videos, visited) = (new List<Rectangle>(), new HashSet<int>());
        for (var i = 0; i < _blocks.Length; i++)
        {
            if (Moves(i, now) && visited.Add(i))
            {
                var (seen, count) = Gather(i, visited, now);
                if (count * Block * Block >= Filled * seen.Area && ((seen.Width >= MinWidth && seen.Height >= MinHeight) || grows(seen)))
                {
                    videos.Add(seen);
                }
            }
        }

        return videos;
    }

    /// <summary>Begins anew where a video has been taken up.</summary>
    public void Forget(Rectangle area)
    {
        foreach (var block in _grid.Touched(area))
        {
            _blocks[block] = default;
        }
    }

    private bool Moves(int block, long now)
    {
        ref var state = ref _blocks[block];
        return state.Count >= Changes && now - state.Last <= Pause && state.Last - state.Since >= Duration;
    }

    /// <summary>All that moves and touches a block that moves, also at corners.</summary>
    private (Rectangle Seen, int Count) Gather(int start, HashSet<int> visited, long now)
    {
        var (seen, count, open) = (default(Rectangle), 0, new Stack<int>([start]));
        while (open.TryPop(out var block))
        {
            (seen, count) = (seen.Union(_blocks[block].Seen), count + 1);
            var (column, row) = (block % _grid.Columns, block / _grid.Columns);
            for (var y = Math.Max(0, row - 1); y <= Math.Min(_grid.Rows - 1, row + 1); y++)
            {
                for (var x = Math.Max(0, column - 1); x <= Math.Min(_grid.Columns - 1, column + 1); x++)
                {
                    var next = (y * _grid.Columns) + x;
                    if (Moves(next, now) && visited.Add(next))
                    {
                        open.Push(next);
                    }
                }
            }
        }

        return (seen, count);
    }

    /// <param name="Since">When it was new for the first time after a pause.</param>
    /// <param name="Last">When it was new last.</param>
    /// <param name="Count">How often since.</param>
    /// <param name="Seen">The areas in which it was.</param>
    private record struct State(long Since, long Last, int Count, Rectangle Seen);
}
