using System.Diagnostics;
using Vdi.Display.Framebuffer;

namespace Vdi.Benchmarks.Display;

/// <summary>Waits until a viewer shows the true picture, or nothing comes any more.</summary>
internal static class Settling
{
    /// <summary>Who has sent nothing for so long after a change, or after what it sent of it, is through with it. TigerVNC makes exact what it sent as
    /// JPEG when it has been still for a moment: that is waited for, too.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    /// <summary>The same for the first picture: x11vnc looks at the screen for a while before it says anything.</summary>
    private static readonly TimeSpan FirstQuiet = TimeSpan.FromMilliseconds(1500);

    /// <summary>Seconds from the change until the picture was exact; null where the viewer became quiet, or the deadline came, before.</summary>
    public static async Task<double?> WaitAsync(IWatcher watcher, Player player, TimeSpan deadline, bool evenIfQuiet = false)
    {
        var (began, seen) = (player.ShownAt, -1);
        while (true)
        {
            if (watcher.Fault is { } fault)
            {
                throw new InvalidOperationException($"The viewer gave up: {fault.Message}", fault);
            }

            if (watcher.Updates is var updates && updates != seen)
            {
                seen = updates;
                lock (watcher.Lock)
                {
                    if (IsExact(watcher.Picture, player.Truth))
                    {
                        return Stopwatch.GetElapsedTime(began).TotalSeconds;
                    }
                }
            }

            var quiet = Stopwatch.GetElapsedTime(Math.Max(began, watcher.LastAt));
            if ((quiet > (player.Step == 0 ? FirstQuiet : Quiet) && !evenIfQuiet && watcher.Updates > 0) || Stopwatch.GetElapsedTime(began) > deadline)
            {
                return null;
            }

            await Task.Delay(4);
        }
    }

    public static bool IsExact(Picture? shown, Picture truth) =>
        shown is not null && shown.Pixels.AsSpan().SequenceEqual(truth.Pixels);
}
