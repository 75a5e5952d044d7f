using Vdi.Display.Encoding;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Tests.Encoding;

public sealed class MoveFinderTests
{
    private readonly Random _random = new(3);

    [Theory]
    [InlineData(0, -100)]
    [InlineData(0, 37)]
    [InlineData(-61, 0)]
    [InlineData(13, 7)]
    public void Scrolled_area_is_one_move_and_little_else(int dx, int dy)
    {
        var old = Noise(640, 480);
        var current = Shift(old, new(100, 60, 400, 300), dx, dy);
        var moves = Find(old, current);
        var move = moves.MaxBy(move => move.To.Area);
        Assert.Equal((dx, dy), (move.To.X - move.FromX, move.To.Y - move.FromY));
        Assert.InRange(move.To.Area, (400 - Math.Abs(dx)) * (300 - Math.Abs(dy)) * 9 / 10, int.MaxValue);
        AssertExact(old, current, moves);
    }

    [Fact]
    public void Window_that_is_dragged_over_a_picture_moves_as_a_whole()
    {
        var (wall, window) = (Noise(640, 480), Noise(200, 150));
        var (old, current) = (Copy(wall), Copy(wall));
        Put(window, old, 100, 100);
        Put(window, current, 117, 109);
        var moves = Find(old, current);
        Assert.Contains(moves, move => (move.To.X - move.FromX, move.To.Y - move.FromY) == (17, 9) && move.To.Area > 190 * 140);
        AssertExact(old, current, moves);
    }

    [Fact]
    public void Two_areas_that_scroll_apart_are_two_moves()
    {
        var old = Noise(640, 480);
        var current = Shift(Shift(old, new(0, 0, 300, 480), 0, -32), new(320, 0, 300, 480), 0, 48);
        var vectors = Find(old, current).Select(move => move.To.Y - move.FromY).Distinct().Order();
        Assert.Equal([-32, 48], vectors);
        AssertExact(old, current, Find(old, current));
    }

    [Fact]
    public void What_is_new_did_not_move()
    {
        Assert.Empty(Find(Noise(640, 480), Noise(640, 480)));
    }

    [Fact]
    public void Plain_screens_are_not_searched()
    {
        var (white, grey) = (new Picture(640, 480), new Picture(640, 480));
        white.Pixels.AsSpan().Fill(255);
        grey.Pixels.AsSpan().Fill(127);
        Assert.Empty(Find(white, grey));
    }

    private static List<Move> Find(Picture old, Picture current) => MoveFinder.Find(old, current, Differ.FindBlocks(old, current, current.Bounds));

    /// <summary>Moves, then the difference: the picture of the viewer.</summary>
    private static void AssertExact(Picture old, Picture current, List<Move> moves)
    {
        var shown = Copy(old);
        shown.Move(moves);
        foreach (var move in moves)
        {
            for (var y = move.To.Y; y < move.To.Bottom; y++)
            {
                Assert.True(shown.Row(move.To.X, y, move.To.Width).SequenceEqual(current.Row(move.To.X, y, move.To.Width)), "a move brings wrong pixels");
            }
        }

        Differ.Find(shown, current, current.Bounds).ForEach(area => current.CopyTo(shown, area));
        Assert.Equal(current.Pixels, shown.Pixels);
    }

    private static Picture Copy(Picture picture)
    {
        var copy = new Picture(picture.Width, picture.Height);
        picture.CopyTo(copy, picture.Bounds);
        return copy;
    }

    private static void Put(Picture small, Picture large, int x, int y)
    {
        for (var row = 0; row < small.Height; row++)
        {
            small.Row(0, row, small.Width).CopyTo(large.Row(x, y + row, small.Width));
        }
    }

    /// <summary>The content of an area, moved inside of it; what comes in is new.</summary>
    private Picture Shift(Picture old, Rectangle area, int dx, int dy)
    {
        var (current, fresh) = (Copy(old), Noise(area.Width, area.Height));
        Put(fresh, current, area.X, area.Y);
        var to = (area with { X = area.X + dx, Y = area.Y + dy }).Intersect(area);
        for (var row = 0; row < to.Height; row++)
        {
            old.Row(to.X - dx, to.Y + row - dy, to.Width).CopyTo(current.Row(to.X, to.Y + row, to.Width));
        }

        return current;
    }

    private Picture Noise(int width, int height)
    {
        var picture = new Picture(width, height);
        _random.NextBytes(picture.Pixels);
        picture.Write(picture.Bounds, picture.Pixels.ToArray(), picture.Stride);
        return picture;
    }
}
