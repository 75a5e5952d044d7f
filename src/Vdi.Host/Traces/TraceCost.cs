using Vdi.Display.Recording;

namespace Vdi.Host.Traces;

/// <summary>What a trace costs on its way to a viewer.</summary>
/// <param name="First">Bytes of the first, complete frame.</param>
/// <param name="Bytes">Bytes of all frames after it.</param>
/// <param name="P50">Milliseconds to encode a frame; half are quicker.</param>
/// <param name="P95">Milliseconds to encode a frame; 19 of 20 are quicker.</param>
public sealed record TraceCost(int Frames, double Seconds, long First, long Bytes, double P50, double P95)
{
    /// <exception cref="Protocol.ProtocolException">The file is no trace, or is damaged.</exception>
    public static async Task<TraceCost> OfAsync(string file, double bytesPerSecond, CancellationToken stop)
    {
        using var meter = new TraceMeter(bytesPerSecond);
        await meter.RunAsync(File.OpenRead(file), stop);
        var frames = meter.Frames;
        var times = frames.Skip(1).Select(frame => frame.Milliseconds).Order().ToList();
        double At(double share) => times.Count == 0 ? 0 : times[Math.Min(times.Count - 1, (int)(share * times.Count))];
        return new TraceCost(frames.Count, frames.Count == 0 ? 0 : frames[^1].At.TotalSeconds, frames.Count == 0 ? 0 : frames[0].Bytes, frames.Skip(1).Sum(frame => frame.Bytes), At(0.5), At(0.95));
    }
}
