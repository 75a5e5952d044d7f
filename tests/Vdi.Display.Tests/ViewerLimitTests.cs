using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Display.Sources;

namespace Vdi.Display.Tests;

/// <summary>A viewer whose line may be used for so much and no more.</summary>
public sealed class ViewerLimitTests
{
    private const int BytesPerSecond = 40_000;

    [Fact]
    public async Task Limit_is_kept_over_time_and_the_newest_picture_comes_all_the_same()
    {
        await using var source = new ScriptedSource();
        await using var screen = new Screen(_ => Task.FromResult<IDisplaySource>(source), TimeProvider.System, NullLogger.Instance);
        var sink = await source.Sink;
        sink.Resize(640, 400);
        ScriptedSource.Paint(sink, new(0, 0, 640, 400), (_, _) => 0);
        var joined = screen.Join();
        joined.Limit(BytesPerSecond);
        await using var viewer = new HeadlessViewer(joined);
        var (random, bytes, began) = (new Random(3), 0L, TimeProvider.System.GetTimestamp());
        using var over = new CancellationTokenSource();
        var painting = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                lock (random)
                {
                    ScriptedSource.Paint(sink, new(random.Next(560), random.Next(360), 80, 40), (_, _) => (uint)random.Next());
                }

                await Task.Delay(10);
            }
        });
        while (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(3))
        {
            await viewer.NextFrameAsync();
            bytes += viewer.Newest.Sum(message => message.Length);
        }

        // A frame is paid for after it was sent: the last one is not counted.
        bytes -= viewer.Newest.Sum(message => message.Length);
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        Assert.InRange(bytes, 1, BytesPerSecond * (seconds + 1));
        await over.CancelAsync();
        await painting;
        while (screen.Read<object>(picture => picture.Pixels.AsSpan().SequenceEqual(viewer.Picture!.Pixels)) is not true)
        {
            await viewer.NextFrameAsync();
        }
    }
}
