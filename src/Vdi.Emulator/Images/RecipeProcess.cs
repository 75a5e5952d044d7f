using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Images;

/// <summary>Runs deploy/image/build, follows what it says of its progress, and ends it.</summary>
internal static partial class RecipeProcess
{
    private const int Sigterm = 15;

    /// <summary>Words kept of what it says on stderr, for when it fails.</summary>
    private const int Lines = 12;

    /// <param name="build">The program; its arguments are the image's name and the folder to fill.</param>
    /// <param name="patience">How long it may clean up after it was asked to stop. It alone is asked: it takes its children down in
    /// order, and takes off what they mounted; killed with them it could not.</param>
    public static async Task RunAsync(string build, string name, string folder, TimeSpan patience, TimeProvider time, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo(build, [name, folder]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetDirectoryName(folder) };
        using var process = Process.Start(start) ?? throw new MachineException("The image recipe did not start");
        using var killed = new CancellationTokenSource();
        await using var kill = time.CreateTimer(
            _ =>
            {
                process.Kill(entireProcessTree: true);
                killed.Cancel();
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        await using var onStop = stop.Register(() =>
        {
            _ = Kill(process.Id, Sigterm);
            kill.Change(patience, Timeout.InfiniteTimeSpan);
        });
        var words = new Queue<string>();
        process.ErrorDataReceived += (_, line) => Keep(words, line.Data);
        process.BeginErrorReadLine();
        try
        {
            await FollowAsync(process.StandardOutput, new ImageProgress(0, 1, name, null), progress, killed.Token);
            await process.WaitForExitAsync(killed.Token);
        }
        catch (OperationCanceledException) when (killed.IsCancellationRequested)
        {
            // It ignored being asked; a child of it may still hold its output open.
            process.CancelErrorRead();
            process.WaitForExit(TimeSpan.FromSeconds(5));
        }

        stop.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
        {
            throw new MachineException($"Building image '{name}' failed:\n{string.Join('\n', words)}");
        }
    }

    private static void Keep(Queue<string> words, string? line)
    {
        if (line is { Length: > 0 })
        {
            words.Enqueue(line);
            if (words.Count > Lines)
            {
                words.Dequeue();
            }
        }
    }

    private static async Task FollowAsync(StreamReader output, ImageProgress current, IProgress<ImageProgress>? progress, CancellationToken stop)
    {
        while (await output.ReadLineAsync(stop) is { } line)
        {
            if (Parse(line, current) is { } next)
            {
                progress?.Report(current = next);
            }
        }
    }

    private static ImageProgress? Parse(string line, ImageProgress current)
    {
        var words = line.Split(' ', 4);
        return words[0] switch
        {
            "@step" when words.Length == 4 && int.TryParse(words[1], CultureInfo.InvariantCulture, out var step) && int.TryParse(words[2], CultureInfo.InvariantCulture, out var steps) => new(step, steps, words[3], null),
            "@percent" when words.Length > 1 && int.TryParse(words[1], CultureInfo.InvariantCulture, out var percent) => current with { Percent = percent },
            _ => null,
        };
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
