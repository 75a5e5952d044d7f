using Vdi.Protocol.Wire;

namespace Vdi.Display.Encoding;

/// <summary>The blocks of a screen, numbered row by row from the top left; the last of a row or column may reach beyond the screen.</summary>
internal readonly struct BlockGrid(int width, int height)
{
    private const int Block = Differ.Block;

    public int Columns { get; } = (width + Block - 1) / Block;

    public int Rows { get; } = (height + Block - 1) / Block;

    public int Count => Columns * Rows;

    /// <summary>The number of the block at a pixel.</summary>
    public int At(int x, int y) => (y / Block * Columns) + (x / Block);

    /// <summary>The numbers of the blocks that an area touches.</summary>
    public IEnumerable<int> Touched(Rectangle area)
    {
        for (var row = area.Y / Block; row <= (area.Bottom - 1) / Block; row++)
        {
            for (var column = area.X / Block; column <= (area.Right - 1) / Block; column++)
            {
                yield return (row * Columns) + column;
            }
        }
    }

    /// <summary>Rectangles of blocks, cut to the screen.</summary>
    public List<Rectangle> Join(IEnumerable<int> blocks)
    {
        var columns = Columns;
        return Differ.Join(blocks.Select(block => (block % columns * Block, block / columns * Block)).ToHashSet(), new Rectangle(0, 0, width, height));
    }
}
