using System.Collections;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding;

/// <summary>A set of a screen's blocks.</summary>
internal sealed class BlockSet(int width, int height)
{
    private readonly BlockGrid _grid = new(width, height);
    private readonly BitArray _blocks = new(new BlockGrid(width, height).Count);

    public bool IsEmpty => !_blocks.HasAnySet();

    public void Add(Rectangle area)
    {
        foreach (var block in _grid.Touched(area))
        {
            _blocks[block] = true;
        }
    }

    public bool Touches(Rectangle area) => _grid.Touched(area).Any(block => _blocks[block]);

    public List<Rectangle> Rectangles() => _grid.Join(Enumerable.Range(0, _grid.Count).Where(block => _blocks[block]));
}
