using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Display;
using Vdi.Display.Recording;
using Vdi.Display.Sources;
using Vdi.Display.Viewers;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Display;

/// <summary>deploy/bench display: bytes and processor time of the display path for the sequences, in slow motion.</summary>
internal static class DisplayBenchmark
{
    /// <summary>Where sequences are kept between runs.</summary>
    public static string Folder => Environment.GetEnvironmentVariable("VDI_SEQUENCES") is { Length: > 0 } given ? given : Path.Combine(Repository.Root, "artifacts", "sequences");

    public static async Task<List<Figure>> RunAsync()
    {
        var folder = await SequenceStudio.MakeAsync(Folder);
        var figures = new List<Figure>();
        foreach (var sequence in Sequence.All)
        {
            var (first, bytes, milliseconds) = await SlowMotionAsync(sequence, folder);
            figures.Add(new Figure($"first.{sequence.Name}", "KiB", [first / 1024.0]));
            figures.Add(new Figure($"bytes.{sequence.Name}", "KiB", [bytes / 1024.0]));
            figures.Add(new Figure($"encode.{sequence.Name}", "ms", milliseconds));
        }

        return figures;
    }

    /// <summary>Each change is waited for until the viewer shows it exactly.</summary>
    private static async Task<(long First, long Bytes, List<double> Milliseconds)> SlowMotionAsync(Sequence sequence, string folder)
    {
        using var stop = new CancellationTokenSource();
        using var decoder = new PictureDecoder();
        var (bytes, first, milliseconds) = (0L, 0L, new List<double>());
        var said = 0L;
        Screen screen = null!;
        screen = new Screen(
            _ => Task.FromResult<IDisplaySource>(new ReplaySource(File.OpenRead(sequence.PathIn(folder)), TimeProvider.System) { Pace = async (_, _) =>
            {
                if (said > 0)
                {
                    await ExactAsync(screen, decoder);
                    milliseconds.Add(Stopwatch.GetElapsedTime(said).TotalMilliseconds);
                    first = first == 0 ? bytes : first;
                }

                said = Stopwatch.GetTimestamp();
            }, Stays = false }),
            TimeProvider.System,
            NullLogger.Instance);
        await using (screen)
        {
            using var viewer = screen.Join();
            var watching = WatchAsync(viewer, decoder, count => bytes += count, stop.Token);
            await Eventually.HoldsAsync(() => Task.FromResult(milliseconds.Count >= sequence.Steps), "the sequence ends", 300);
            await ExactAsync(screen, decoder);
            await stop.CancelAsync();
            await watching;
        }

        return (first, bytes - first, milliseconds);
    }

    private static async Task WatchAsync(Viewer viewer, PictureDecoder decoder, Action<int> count, CancellationToken stop)
    {
        try
        {
            await foreach (var message in viewer.ReadAsync(stop))
            {
                count(message.Length);
                lock (decoder)
                {
                    if (decoder.Accept(message) is { } sequence)
                    {
                        viewer.Acknowledge(sequence);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The sequence is over.
        }
    }

    private static Task ExactAsync(Screen screen, PictureDecoder decoder) => Eventually.HoldsAsync(
        () =>
        {
            lock (decoder)
            {
                return Task.FromResult(decoder.Picture is { } shown && screen.Read<object>(picture => picture.Pixels.AsSpan().SequenceEqual(shown.Pixels)) is true);
            }
        },
        "the picture is exact");
}
