using System.Net;
using System.Net.Sockets;
using Vdi.Display.Recording;
using Vdi.Emulator.Fakes;
using Vdi.Emulator.Machines;
using Vdi.Host.Traces;
using Vdi.Protocol;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Traces;

/// <summary>A VNC server's screen is recorded, and the trace says what it costs.</summary>
public sealed class TraceTests : IDisposable
{
    private readonly TemporaryState _state = new();
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);

    public TraceTests() => _server.Start();

    private string Trace => Path.Combine(_state.Folder.Root, "screen.trace");

    private string Address => $"127.0.0.1:{((IPEndPoint)_server.LocalEndpoint).Port}";

    [Fact]
    public async Task Recorded_screen_can_be_replayed_exactly()
    {
        var serving = ServeAsync();
        await TraceRecorder.RecordAsync(Address, Trace, TimeSpan.FromSeconds(1.5), new Progress<int>(), TimeProvider.System, default);
        var cost = await TraceCost.OfAsync(Trace, 10e6, default);
        Assert.InRange(cost.Frames, 2, 100);
        Assert.InRange(cost.First, 1, 2000);
        Assert.InRange(cost.Seconds, 0, 1.5);

        using var decoder = new PictureDecoder();
        decoder.Start(640, 400);
        using var meter = new TraceMeter(10e6) { Sent = frame => frame.ToList().ForEach(message => decoder.Accept(message)) };
        await meter.RunAsync(File.OpenRead(Trace), default);
        Assert.Equal(cost.Bytes, meter.Frames.Skip(1).Sum(frame => frame.Bytes));
        await serving;

        // The last key made the fake screen green.
        Assert.True(decoder.Picture!.Row(0, 399, 1)[1] >= 37);
    }

    [Theory]
    [InlineData("127.0.0.1:1", "There is no VNC server at")]
    [InlineData("/nowhere/vnc", "There is no VNC server at")]
    [InlineData("nonsense", "is no address of a VNC server")]
    public async Task Server_that_cannot_be_reached_is_said_and_leaves_no_file(string address, string words)
    {
        var failure = await Assert.ThrowsAsync<ProtocolException>(() => TraceRecorder.RecordAsync(address, Trace, TimeSpan.FromSeconds(1), new Progress<int>(), TimeProvider.System, default));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_state.Folder.Root, "screen*"));
    }

    [Fact]
    public async Task File_that_is_no_trace_is_said()
    {
        await File.WriteAllTextAsync(Trace, "not a trace at all");
        Assert.Contains("not a trace", (await Assert.ThrowsAsync<ProtocolException>(() => TraceCost.OfAsync(Trace, 1e6, default))).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _server.Dispose();
        _state.Dispose();
    }

    /// <summary>A fake machine's screen on a port; two keys go to it on a line of their own.</summary>
    private async Task ServeAsync()
    {
        await using var hypervisor = new FakeHypervisor(new FakeComputer { ForkTime = TimeSpan.Zero, SettleTime = TimeSpan.Zero }, TimeProvider.System);
        await using var machine = await hypervisor.ForkAsync(new ForkRequest(Guid.Empty, 1, "desktop", PoolNetwork.Isolated("pool")), default);
        using var viewer = await _server.AcceptSocketAsync();
        using var screen = (await machine.OpenDisplayAsync(default)).Socket;
        var pumping = Task.WhenAll(PumpAsync(viewer, screen), PumpAsync(screen, viewer));
        await using (var keyboard = Vdi.Display.Sources.DisplaySources.Over(await machine.OpenDisplayAsync(default), TimeProvider.System))
        {
            using var stop = new CancellationTokenSource();
            var running = keyboard.RunAsync(new TraceWriter(Stream.Null, TimeProvider.System), stop.Token);
            await Task.Delay(500);
            await keyboard.KeyAsync(true, 0x1e, default);
            await Task.Delay(300);
            await keyboard.KeyAsync(true, 0x1f, default);
            await Task.Delay(300);
            await stop.CancelAsync();
            await running.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        await pumping;
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (int count; (count = await from.ReceiveAsync(buffer)) > 0;)
            {
                await to.SendAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One of them left.
        }

        to.Dispose();
    }
}
