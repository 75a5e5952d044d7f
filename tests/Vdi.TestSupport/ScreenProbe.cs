using System.Diagnostics;
using System.IO.Hashing;
using Vdi.Display.Sources;
using Vdi.Protocol.UnixSockets;
using Vdi.Protocol.Wire;

namespace Vdi.TestSupport;

/// <summary>Looks at a machine's screen over its private line and presses keys.</summary>
public sealed class ScreenProbe : IDisplaySink, IAsyncDisposable
{
    private readonly IDisplaySource _source;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private readonly Lock _lock = new();
    private byte[] _picture = [];
    private ulong _hash;
    private int _width;

    public ScreenProbe(DisplayLine line)
    {
        _source = DisplaySources.Over(line, TimeProvider.System);
        _running = _source.RunAsync(this, _stop.Token);
    }

    /// <summary>Hash of the newest whole picture; 0 before the first that shows anything.</summary>
    public ulong Hash => Volatile.Read(ref _hash);

    /// <summary>The newest picture's pixels without gaps: red, green, blue.</summary>
    public byte[] Rgb()
    {
        lock (_lock)
        {
            return [.. _picture.Where((_, i) => i % 4 != 3)];
        }
    }

    /// <summary>Writes the newest picture where artefacts of tests are kept, to be looked at (netpbm, ppm(5)).</summary>
    public void Keep(string name)
    {
        if (Environment.GetEnvironmentVariable("VDI_ARTIFACTS") is { Length: > 0 } folder)
        {
            var rgb = Rgb();
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, $"{name}.ppm"), [.. System.Text.Encoding.ASCII.GetBytes($"P6 {_width} {rgb.Length / 3 / Math.Max(1, _width)} 255\n"), .. rgb]);
        }
    }

    /// <summary>The picture once there is one, as a hash; throws what the line ended with.</summary>
    public async Task<ulong> SeeAsync()
    {
        await Eventually.HoldsAsync(
            async () =>
            {
                if (_running.IsCompleted)
                {
                    await _running;
                }

                return Hash != 0;
            },
            "the screen shows something");
        return Hash;
    }

    /// <summary>The picture that has been there, and shown something, for this period; throws where there is none for <paramref name="longest"/>.</summary>
    public async Task<ulong> StillAsync(TimeSpan period, TimeSpan longest)
    {
        var (seen, since, watch) = (Hash, TimeSpan.Zero, Stopwatch.StartNew());
        while (watch.Elapsed < longest)
        {
            await Task.Delay(100);
            if (Hash != seen || seen == 0)
            {
                (seen, since) = (Hash, watch.Elapsed);
            }
            else if (watch.Elapsed - since >= period)
            {
                return seen;
            }
        }

        throw new TimeoutException($"No picture stood still for {period.TotalSeconds} s within {longest.TotalSeconds} s");
    }

    public async Task PressAsync(int qnum)
    {
        await _source.KeyAsync(true, qnum, default);
        await _source.KeyAsync(false, qnum, default);
    }

    void IDisplaySink.Resize(int width, int height)
    {
        lock (_lock)
        {
            (_picture, _width) = (new byte[width * height * 4], width);
        }
    }

    void IDisplaySink.Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride)
    {
        lock (_lock)
        {
            for (var row = 0; row < area.Height; row++)
            {
                pixels.Slice(row * stride, area.Width * 4).CopyTo(_picture.AsSpan((((area.Y + row) * _width) + area.X) * 4));
            }
        }
    }

    void IDisplaySink.Flush()
    {
        lock (_lock)
        {
            Volatile.Write(ref _hash, _picture.AsSpan().IndexOfAnyExcept((byte)0) < 0 ? 0 : XxHash3.HashToUInt64(_picture));
        }
    }

    void IDisplaySink.SetCursor(Cursor cursor) { }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default);
        await _source.DisposeAsync();
        _stop.Dispose();
    }
}
