using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding;

/// <summary>What a viewer has been sent of each block: exactly or only nearly, when, and how often of late. Times are in milliseconds.</summary>
internal sealed class ChangeMap(int width, int height)
{
    private const int Block = Differ.Block;

    /// <summary>A block that changed so often, each time within the window, is moving: a video, an animation. The second picture of a film
    /// is the first that is sent as a JPEG.</summary>
    private const int MovingChanges = 2;
    private const long MovingWindow = 400;
    private readonly BlockGrid _grid = new(width, height);
    private readonly bool[] _near = new bool[new BlockGrid(width, height).Count];
    private readonly long[] _changed = new long[new BlockGrid(width, height).Count];
    private readonly byte[] _changes = new byte[new BlockGrid(width, height).Count];
    private readonly bool[] _owed = new bool[new BlockGrid(width, height).Count];

    /// <summary>Blocks of which the viewer has only something near.</summary>
    public int Near { get; private set; }

    public ChangeMap Copy()
    {
        var copy = new ChangeMap(width, height) { Near = Near };
        _near.CopyTo(copy._near, 0);
        _changed.CopyTo(copy._changed, 0);
        _changes.CopyTo(copy._changes, 0);
        _owed.CopyTo(copy._owed, 0);
        return copy;
    }

    /// <summary>Notes a change at <paramref name="now"/>.</summary>
    public void Changed(Rectangle area, long now)
    {
        foreach (var i in _grid.Touched(area))
        {
            // Two areas of one frame touch it, or the change was noted and has not been sent yet.
            var noted = _changed[i] == now || _owed[i];
            _owed[i] = false;
            if (noted)
            {
                continue;
            }

            _changes[i] = (byte)(now - _changed[i] <= MovingWindow ? Math.Min(_changes[i] + 1, 255) : 1);
            _changed[i] = now;
        }
    }

    /// <summary>Whether the middle of an area changes again and again.</summary>
    public bool IsMoving(Rectangle area, long now)
    {
        var i = _grid.At(area.X + (area.Width / 2), area.Y + (area.Height / 2));
        return _changes[i] >= MovingChanges && now - _changed[i] <= MovingWindow;
    }

    /// <summary>A change that was noted is sent later; it counts once.</summary>
    public void Owe(Rectangle area)
    {
        foreach (var i in _grid.Touched(area))
        {
            _owed[i] = true;
        }
    }

    public void SetNear(Rectangle area)
    {
        foreach (var i in _grid.Touched(area))
        {
            Set(i, true);
        }
    }

    /// <summary>The viewer has the area exactly: blocks that lie inside of it as a whole, or end with the screen.</summary>
    public void SetExact(Rectangle area)
    {
        var (left, top) = ((area.X + Block - 1) / Block, (area.Y + Block - 1) / Block);
        var (right, bottom) = (area.Right >= width ? _grid.Columns : area.Right / Block, area.Bottom >= height ? _grid.Rows : area.Bottom / Block);
        for (var row = top; row < bottom; row++)
        {
            for (var column = left; column < right; column++)
            {
                Set((row * _grid.Columns) + column, false);
            }
        }
    }

    /// <summary>What came from near blocks is near.</summary>
    public void Move(IReadOnlyList<Move> moves)
    {
        if (Near == 0)
        {
            return;
        }

        var near = moves.Where(move => AnyNear(new Rectangle(move.FromX, move.FromY, move.To.Width, move.To.Height))).ToList();
        moves.Except(near).ToList().ForEach(move => SetExact(move.To));
        near.ForEach(move => SetNear(move.To));
    }

    /// <summary>When the next near area will have been still for <paramref name="still"/>; null where all is exact.</summary>
    public long? NextStill(long still)
    {
        long? next = null;
        for (var i = 0; i < _near.Length; i++)
        {
            if (_near[i] && (next is null || _changed[i] + still < next))
            {
                next = _changed[i] + still;
            }
        }

        return next;
    }

    /// <summary>Near areas that have been still since <paramref name="since"/>, of about <paramref name="pixels"/> at most.</summary>
    public List<Rectangle> Still(long since, int pixels)
    {
        var blocks = new List<int>();
        for (var i = 0; i < _near.Length && blocks.Count * Block * Block < pixels; i++)
        {
            if (_near[i] && _changed[i] <= since)
            {
                blocks.Add(i);
            }
        }

        return _grid.Join(blocks);
    }

    private bool AnyNear(Rectangle area)
    {
        foreach (var i in _grid.Touched(area))
        {
            if (_near[i])
            {
                return true;
            }
        }

        return false;
    }

    private void Set(int block, bool near)
    {
        if (_near[block] != near)
        {
            _near[block] = near;
            Near += near ? 1 : -1;
        }
    }
}
