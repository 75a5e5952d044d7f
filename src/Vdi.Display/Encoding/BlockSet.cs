using System.Collections;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding;

/// <summary>A set of a screen's blocks.</summary>
internal sealed class BlockSet(int width, int height)
{
    private const int Block = Differ.Block;
    private readonly int _columns = (width + Block - 1) / Block;
    private readonly BitArray _blocks = new((width + Block - 1) / Block * ((height + Block - 1) / Block));

    public bool IsEmpty => !_blocks.HasAnySet();

    public void Add(Rectangle area)
    {
        foreach (var block in Of(area))
        {
            _blocks[block] = true;
        }
    }

    public bool Touches(Rectangle area) => Of(area).Any(block => _blocks[block]);

    public void Clear() => _blocks.SetAll(false);

    public List<Rectangle> Rectangles()
    {
        var corners = new HashSet<(int, int)>();
        for (var i = 0; i < _blocks.Length; i++)
        {
            if (_blocks[i])
            {
                corners.Add((i % _columns * Block, i / _columns * Block));
            }
        }

        return Differ.Join(corners, new Rectangle(0, 0, width, height));
    }

    private IEnumerable<int> Of(Rectangle area)
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
