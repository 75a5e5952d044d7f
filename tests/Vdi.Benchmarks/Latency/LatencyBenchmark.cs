using Vdi.TestSupport;

namespace Vdi.Benchmarks.Latency;

/// <summary>deploy/bench latency: how long a key takes, with a guest that repaints at every key: to the source of our display path, and to the
/// canvas of a browser, there beside QEMU's own VNC server with noVNC.</summary>
internal static class LatencyBenchmark
{
    public static async Task<List<Figure>> RunAsync()
    {
        using var state = new TemporaryState();
        var disk = BootSector.Write(state.Folder.Root);
        return [.. await SourceLatency.MeasureAsync(state.Folder.Root, disk.Disk), .. await KeyLatency.MeasureAsync(state, disk)];
    }
}
