using System.Diagnostics;

namespace Vdi.Benchmarks.Display;

/// <summary>A sequence at its own pace, whether the product keeps up or not.</summary>
/// <param name="Bytes">From the second picture until the last one that was delivered.</param>
/// <param name="Frames">Changes that the viewer showed before the next but one; of the film those whose number it showed.</param>
/// <param name="ProcessorSeconds">Of the serving side, until all was at rest.</param>
/// <param name="Seconds">The same time by the clock.</param>
/// <param name="Quality">Of the film's delivered pictures against the true ones of the same number.</param>
/// <param name="ExactRest">Seconds from the last change until the viewer's picture was exact; null where it never was.</param>
/// <param name="Rest">How near the viewer's picture was, over what the last change changed, so long after it.</param>
internal sealed record RealTime(long Bytes, int Frames, double ProcessorSeconds, double Seconds, Quality Quality, double? ExactRest, IReadOnlyList<Quality> Rest)
{
    private static readonly TimeSpan FirstDeadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RestDeadline = TimeSpan.FromSeconds(5);

    /// <param name="film">Given for the sequence whose pictures bear numbers.</param>
    /// <param name="rest">When after the last change to look at the picture, in ascending order.</param>
    public static async Task<RealTime> MeasureAsync(IProduct product, Sequence sequence, string folder, Film? film, params TimeSpan[] rest)
    {
        var (player, watcher) = (new Player(product.Show), product.Watcher);
        var (steps, pictures) = (new HashSet<int>(), new SortedDictionary<int, byte[]>());
        var (startBytes, bytes, startProcessor, began) = (0L, 0L, 0.0, 0L);
        await sequence.PlayAsync(folder, player, async step =>
        {
            if (step == 1)
            {
                await Settling.WaitAsync(watcher, player, FirstDeadline);
                (startBytes, startProcessor) = (watcher.Bytes, product.ProcessorSeconds);
                began = Stopwatch.GetTimestamp();
                lock (watcher.Lock)
                {
                    watcher.Updated = Delivered;
                }
            }

            if (step > 0)
            {
                await DueAsync(began, step * sequence.Every);
            }
        });
        var settled = Settling.WaitAsync(watcher, player, RestDeadline, evenIfQuiet: true);
        var qualities = new List<Quality>();
        foreach (var after in rest)
        {
            await DueAsync(player.ShownAt, after.TotalMilliseconds);
            qualities.Add(QualityNow());
        }

        var exact = await settled;
        lock (watcher.Lock)
        {
            watcher.Updated = null;
        }

        var errors = new Quality.Errors();
        foreach (var (number, picture) in pictures)
        {
            errors.Add(picture, film!.Pictures[number]);
        }

        return new RealTime(bytes, film is null ? steps.Count : pictures.Count, product.ProcessorSeconds - startProcessor, Stopwatch.GetElapsedTime(began).TotalSeconds, errors.Quality, exact, qualities);

        Quality QualityNow()
        {
            var errors = new Quality.Errors();
            lock (watcher.Lock)
            {
                errors.Add(watcher.Picture!, player.Truth, player.Changed);
            }

            return errors.Quality;
        }

        void Delivered()
        {
            if (film is null)
            {
                bytes = player.Step > 0 && steps.Add(player.Step) ? watcher.Bytes - startBytes : bytes;
            }
            else if (Film.NumberIn(watcher.Picture!) is { } number && number > 0 && number < film.Pictures.Count && pictures.TryAdd(number, Film.Cut(watcher.Picture!)))
            {
                bytes = watcher.Bytes - startBytes;
            }
        }
    }

    /// <summary>Plays without a viewer: processor time that the serving side takes all the same, in seconds.</summary>
    public static async Task<double> WithoutViewerAsync(Func<double> processor, Action<Vdi.Display.Framebuffer.Picture, Vdi.Protocol.Wire.Rectangle> show, Sequence sequence, string folder)
    {
        var (start, began) = (0.0, 0L);
        await sequence.PlayAsync(folder, new Player(show), async step =>
        {
            if (step == 1)
            {
                (start, began) = (processor(), Stopwatch.GetTimestamp());
            }

            if (step > 0)
            {
                await DueAsync(began, step * sequence.Every);
            }
        });
        await Task.Delay(200);
        return processor() - start;
    }

    /// <summary>Until so many milliseconds after the beginning.</summary>
    public static async Task DueAsync(long began, double milliseconds)
    {
        if (milliseconds - Stopwatch.GetElapsedTime(began).TotalMilliseconds is > 0 and var left)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(left));
        }
    }
}
