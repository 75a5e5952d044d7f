using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Display.Sources;
using Vdi.Display.Viewers;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Tests;

/// <summary>What is sent first where the line does not take all at once.</summary>
public sealed class ImportanceTests
{
    private const int Width = 1280;
    private const int Height = 720;
    private static readonly Rectangle Everything = new(0, 0, Width, Height);
    private readonly Random _random = new(7);

    [Theory]
    [InlineData(1250, 700)]
    [InlineData(3, 3)]
    [InlineData(640, 20)]
    public async Task What_is_near_the_pointer_comes_first_and_everything_in_the_end(int x, int y)
    {
        await using var source = new ScriptedSource();
        await using var screen = new Screen(_ => Task.FromResult<IDisplaySource>(source), TimeProvider.System, NullLogger.Instance);
        var sink = await source.Sink;
        sink.Resize(Width, Height);
        ScriptedSource.Paint(sink, Everything, (_, _) => 0);
        var joined = screen.Join();
        joined.Limit(250_000);
        await using var viewer = new HeadlessViewer(joined);
        await viewer.NextFrameAsync();
        await screen.InputAsync(ClientMessage.Pointer(x, y, 0), default);
        ScriptedSource.Paint(sink, Everything, (_, _) => _random.Next(2) == 0 ? 0u : 0x00AABBCC);
        await viewer.NextFrameAsync();
        var painted = viewer.Newest.SelectMany(message => FramePart.Read(message).Areas).ToList();
        Assert.Contains(painted, area => Contains(area, x, y));
        Assert.DoesNotContain(painted, area => Contains(area, Width - 1 - x, Height - 1 - y));
        Assert.False(viewer.Exact);

        // What changes meanwhile is sent once, in its newest state.
        ScriptedSource.Paint(sink, new(0, 0, Width, 200), (_, _) => _random.Next(2) == 0 ? 0u : 0x00112233);
        while (!viewer.Exact)
        {
            await viewer.NextFrameAsync();
        }

        Assert.True(screen.Read<object>(picture => picture.Pixels.AsSpan().SequenceEqual(viewer.Picture!.Pixels)) is true);
    }

    [Fact]
    public void Focus_is_where_the_pointer_went_or_where_a_key_changed_something_small()
    {
        var focus = new Focus();
        Assert.Null(focus.Place);
        focus.Damaged(new(10, 10, 20, 20), 0);
        Assert.Null(focus.Place);
        focus.Pointed(5, 6);
        Assert.Equal((5, 6), focus.Place);
        focus.Typed(1000);
        focus.Damaged(new(100, 200, 10, 20), 1030);
        Assert.Equal((105, 210), focus.Place);
        focus.Damaged(Everything, 1040);
        focus.Damaged(new(0, 0, 10, 10), 1400);
        Assert.Equal((105, 210), focus.Place);
    }

    [Fact]
    public void Pieces_cover_every_area_once()
    {
        Rectangle[] areas = [new(0, 0, 700, 300), new(900, 10, 1, 1), new(1000, 100, 280, 620)];
        var pieces = Importance.Order(areas, (1279, 719));
        Assert.Equal(areas.Sum(area => area.Area), pieces.Sum(piece => piece.Area));
        Assert.All(pieces, piece => Assert.Single(areas, area => area.Intersect(piece) == piece));
        Assert.Equal(areas[2].Right, pieces[0].Right);
        Assert.Equal(0, pieces[^1].X);
    }

    private static bool Contains(Rectangle area, int x, int y) => x >= area.X && x < area.Right && y >= area.Y && y < area.Bottom;
}
