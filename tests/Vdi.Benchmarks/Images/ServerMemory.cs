using System.Diagnostics;
using System.Globalization;
using Vdi.Benchmarks.Display.Browser;

namespace Vdi.Benchmarks.Images;

/// <summary>Watches a process's own memory, and the children that it has for a tool's work.</summary>
internal sealed class ServerMemory : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<int, Child> _children = [];
    private readonly int _process;
    private readonly string _tool;
    private readonly Task _watching;

    /// <param name="tool">The children's name.</param>
    public ServerMemory(int process, string tool)
    {
        (_process, _tool) = (process, tool);
        Before = Peak = OwnMiB(process) ?? throw new InvalidOperationException("The server is gone");
        _watching = Task.Run(WatchAsync);
    }

    public double Before { get; }

    /// <summary>The most that it had so far.</summary>
    public double Peak { get; private set; }

    /// <summary>The child that was there for longest, once it is no more watched: what it had at most, in MiB, and for how many seconds it was there.</summary>
    public (double MiB, double Seconds) Longest =>
        _children.Values.MaxBy(child => child.Last - child.First) is { } child ? (child.MiB, Stopwatch.GetElapsedTime(child.First, child.Last).TotalSeconds) : (0, 0);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Peak = Math.Max(Peak, OwnMiB(_process) ?? 0);
            foreach (var member in new ProcessTree(_process).Members.Where(member => NameOf(member) == _tool))
            {
                if (MiB(member, "VmHWM") is { } most)
                {
                    var now = Stopwatch.GetTimestamp();
                    var child = _children.GetValueOrDefault(member, new Child(now, now, 0));
                    _children[member] = child with { Last = now, MiB = Math.Max(child.MiB, most) };
                }
            }

            await Task.Delay(Pause);
        }
    }

    /// <summary>What is in memory of its own, neither a file's nor shared.</summary>
    private static double? OwnMiB(int process) => MiB(process, "RssAnon");

    /// <summary>A line of /proc/PID/status (proc(5)); null where the process is gone, or as good as gone.</summary>
    private static double? MiB(int process, string name)
    {
        try
        {
            return File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith($"{name}:", StringComparison.Ordinal)) is { } line
                ? double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string NameOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").TrimEnd();
        }
        catch (IOException)
        {
            return "";
        }
    }

    private sealed record Child(long First, long Last, double MiB);
}
