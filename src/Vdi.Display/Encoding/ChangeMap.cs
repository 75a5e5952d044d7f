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
    private readonly int _columns = (width + Block - 1) / Block;
    private readonly int _rows = (height + Block - 1) / Block;
    private readonly bool[] _near = new bool[(width + Block - 1) / Block * ((height + Block - 1) / Block)];
    private readonly long[] _changed = new long[(width + Block - 1) / Block * ((height + Block - 1) / Block)];
    private readonly byte[] _changes = new byte[(width + Block - 1) / Block * ((height + Block - 1) / Block)];

    /// <summary>Blocks of which the viewer has only something near.</summary>
    public int Near { get; private set; }

    public ChangeMap Copy()
    {
        var copy = new ChangeMap(width, height) { Near = Near };
        _near.CopyTo(copy._near, 0);
        _changed.CopyTo(copy._changed, 0);
        _changes.CopyTo(copy._changes, 0);
        return copy;
    }

    /// <summary>Notes a change at <paramref name="now"/>.</summary>
    public void Changed(Rectangle area, long now)
    {
        foreach (var i in Touched(area))
        {
            if (_changed[i] == now)
            {
                // Two areas of one frame touch it.
                continue;
            }

            _changes[i] = (byte)(now - _changed[i] <= MovingWindow ? Math.Min(_changes[i] + 1, 255) : 1);
            _changed[i] = now;
        }
    }

    /// <summary>Whether the middle of an area changes again and again.</summary>
    public bool IsMoving(Rectangle area, long now)
    {
        var i = ((area.Y + (area.Height / 2)) / Block * _columns) + ((area.X + (area.Width / 2)) / Block);
        return _changes[i] >= MovingChanges && now - _changed[i] <= MovingWindow;
    }

    public void SetNear(Rectangle area)
    {
        foreach (var i in Touched(area))
        {
            Set(i, true);
        }
    }

    /// <summary>The viewer has the area exactly: blocks that lie inside of it as a whole, or end with the screen.</summary>
    public void SetExact(Rectangle area)
    {
        var (left, top) = ((area.X + Block - 1) / Block, (area.Y + Block - 1) / Block);
        var (right, bottom) = (area.Right >= width ? _columns : area.Right / Block, area.Bottom >= height ? _rows : area.Bottom / Block);
        for (var row = top; row < bottom; row++)
        {
            for (var column = left; column < right; column++)
            {
                Set((row * _columns) + column, false);
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
        var corners = new HashSet<(int, int)>();
        for (var i = 0; i < _near.Length && corners.Count * Block * Block < pixels; i++)
        {
            if (_near[i] && _changed[i] <= since)
            {
                corners.Add((i % _columns * Block, i / _columns * Block));
            }
        }

        return Differ.Join(corners, new Rectangle(0, 0, width, height));
    }

    private bool AnyNear(Rectangle area)
    {
        foreach (var i in Touched(area))
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

    private IEnumerable<int> Touched(Rectangle area)
    {
        for (var row = area.Y / Block; row <= (area.Bottom - 1) / Block; row++)
        {
            for (var column = area.X / Block; column <= (area.Right - 1) / Block; column++)
            {
                yield return (row * _columns) + column;
            }
        }
    }
}
