using System.Diagnostics;
using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display;

/// <summary>A quarter of the screen new in every frame, 60 times a second: pieces of the film, whose grain no product can predict.</summary>
internal static class TestCard
{
    private const int FramesPerSecond = 60;

    /// <summary>How long it is.</summary>
    public const int Frames = 300;

    /// <summary>What is new in every frame.</summary>
    public static Rectangle Area { get; } = new(Film.Area.X, Film.Area.Y, SequenceStudio.Width / 2, SequenceStudio.Height / 2);

    /// <summary>Until the time of a frame.</summary>
    public static Task DueAsync(long began, int frame) => RealTime.DueAsync(began, frame * 1000.0 / FramesPerSecond);

    /// <summary>Disposes the product.</summary>
    public static async Task MeasureAsync(Ledger ledger, string name, IProduct product, Film film)
    {
        await using var ours = product;
        var (picture, watcher) = (new Picture(SequenceStudio.Width, SequenceStudio.Height), product.Watcher);
        picture.Pixels.AsSpan().Fill(255);
        product.Show(picture, picture.Bounds);
        await Task.Delay(1000);

        var (delivered, shown) = (0, -1);
        lock (watcher.Lock)
        {
            watcher.Updated = () =>
            {
                if (watcher.Picture is { } screen && Film.NumberIn(screen) is { } number && number != shown)
                {
                    (delivered, shown) = (delivered + 1, number);
                }
            };
        }

        var (bytes, processor, began) = (watcher.Bytes, product.ProcessorSeconds, Stopwatch.GetTimestamp());
        for (var frame = 0; frame < Frames; frame++)
        {
            await DueAsync(began, frame);
            Draw(picture, film, frame);
            product.Show(picture, Area);
        }

        await DueAsync(began, Frames);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        lock (watcher.Lock)
        {
            watcher.Updated = null;
        }

        if (watcher.Fault is { } fault)
        {
            throw new InvalidOperationException($"The viewer gave up: {fault.Message}", fault);
        }

        var suffix = name == "ours" ? "" : "." + name;
        ledger.Add($"fps.1080p60{suffix}", "1/s", delivered / seconds);
        ledger.Add($"fps.1080p60.shown{suffix}", "1/s", Frames / seconds);
        ledger.Add($"fps.1080p60.cpu{suffix}", "% of a core", 100 * (product.ProcessorSeconds - processor) / seconds);
        ledger.Add($"fps.1080p60.rate{suffix}", "Mbit/s", (watcher.Bytes - bytes) * 8 / seconds / 1e6);
    }

    /// <summary>One picture of the film, and beside and below it what is missing to a quarter, of others.</summary>
    public static void Draw(Picture picture, Film film, int frame)
    {
        byte[] Other(int offset) => film.Pictures[(frame + offset) % film.Pictures.Count];
        var stride = Film.Area.Width * 4;
        for (var y = 0; y < Area.Height; y++)
        {
            var (main, row) = y < Film.Area.Height ? (Other(0), y) : (Other(29), y - Film.Area.Height);
            var to = picture.Row(Area.X, Area.Y + y, Area.Width);
            main.AsSpan(row * stride, stride).CopyTo(to);
            Other(13).AsSpan((row * stride) + (stride / 2), to.Length - stride).CopyTo(to[stride..]);
        }
    }
}
