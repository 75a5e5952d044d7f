using System.Diagnostics;
using Vdi.Display.Sources;
using Vdi.Emulator.Machines;
using Vdi.Protocol.UnixSockets;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Latency;

/// <summary>From a key's press until the source has pixels that changed. One QEMU for each protocol, started alike, measured by turns.</summary>
internal static class SourceLatency
{
    private const int Turns = 4;
    private const int Presses = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<List<Figure>> MeasureAsync(string folder, string disk)
    {
        await using var rfb = await Subject.StartAsync(disk, Path.Combine(folder, "rfb"), DisplayProtocol.Rfb);
        await using var dbus = await Subject.StartAsync(disk, Path.Combine(folder, "dbus"), DisplayProtocol.DBus);
        for (var turn = 0; turn < Turns; turn++)
        {
            await rfb.MeasureAsync();
            await dbus.MeasureAsync();
        }

        return [new Figure("latency.source.rfb", "ms", rfb.Samples), new Figure("latency.source.dbus", "ms", dbus.Samples)];
    }

    private sealed class Subject(BareGuest guest, QmpClient qmp, DisplayProtocol protocol) : IAsyncDisposable
    {
        private readonly Random _random = new(1);

        public List<double> Samples { get; } = [];

        public static async Task<Subject> StartAsync(string disk, string socket, DisplayProtocol protocol)
        {
            string[] display = protocol == DisplayProtocol.DBus ? ["-display", "dbus,p2p=yes"] : ["-display", "none", "-vnc", "none,lock-key-sync=off"];
            var guest = await BareGuest.StartAsync(disk, socket, display);
            return new Subject(guest, await QmpClient.ConnectAsync(guest.Monitor, guest.Pid, Patience, default), protocol);
        }

        public async Task MeasureAsync()
        {
            var sink = new CornerSink();
            using var stop = new CancellationTokenSource();
            await using var source = DisplaySources.Over(await qmp.OpenDisplayAsync(protocol, default), TimeProvider.System);
            var running = source.RunAsync(sink, stop.Token);
            await sink.FirstPicture.WaitAsync(Patience);
            for (var i = -2; i < Presses; i++)
            {
                // Two that do not count: the guest may still be booting at the first.
                var changed = sink.NextChange();
                var began = Stopwatch.GetTimestamp();
                await source.KeyAsync(true, 0x1e + (i & 1), default);
                if (await Task.WhenAny(changed, Task.Delay(i < 0 ? TimeSpan.FromSeconds(3) : Patience)) != changed && i >= 0)
                {
                    throw new InvalidOperationException("A key did not change the screen");
                }

                if (i >= 0)
                {
                    Samples.Add(Stopwatch.GetElapsedTime(began, await changed).TotalMilliseconds);
                }

                // At no fixed distance, or the samples would keep step with QEMU's refresh timer.
                await source.KeyAsync(false, 0x1e + (i & 1), default);
                await Task.Delay(100 + _random.Next(100));
            }

            await stop.CancelAsync();
            await running.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        public async ValueTask DisposeAsync()
        {
            await qmp.DisposeAsync();
            await guest.DisposeAsync();
        }
    }

    /// <summary>Notes when the colour of the first pixel has changed.</summary>
    private sealed class CornerSink : IDisplaySink
    {
        private readonly Lock _lock = new();
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource<long> _change = new();
        private uint _shown;
        private uint _newest;

        public Task FirstPicture => _first.Task;

        public Task<long> NextChange()
        {
            lock (_lock)
            {
                _change = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
                return _change.Task;
            }
        }

        public void Resize(int width, int height) { }

        public void Update(Rectangle area, ReadOnlySpan<byte> pixels, int stride)
        {
            if (area is { X: 0, Y: 0 })
            {
                _newest = BitConverter.ToUInt32(pixels) & 0xFFFFFF;
            }
        }

        public void Flush()
        {
            _first.TrySetResult();
            lock (_lock)
            {
                if (_shown != _newest)
                {
                    _shown = _newest;
                    _change.TrySetResult(Stopwatch.GetTimestamp());
                }
            }
        }

        public void SetCursor(Cursor cursor) { }
    }
}
