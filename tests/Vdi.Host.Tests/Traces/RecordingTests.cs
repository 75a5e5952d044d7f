using System.Net.Sockets;
using Vdi.Display.Recording;
using Vdi.Host.Tests.Desktops;
using Vdi.Host.Traces;
using Vdi.Protocol;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Traces;

/// <summary>A running machine's screen is recorded beside its viewers, and the recording ends with a reason.</summary>
public sealed class RecordingTests : HubTests
{
    private readonly TemporaryState _folder = new();

    private string Trace => Path.Combine(_folder.Folder.Root, "screen.trace");

    [Fact]
    public async Task Recorded_machine_is_replayed_as_its_viewer_saw_it()
    {
        await using var viewer = await Host.OpenAsync(RunningHost.AdmitTo(Machine));
        await PictureAsync(viewer);
        var recording = RecordAsync(new RecordingRequest($"{Machine:N}"[..12], null, 2, 1 << 20));
        await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(Trace + ".new") && new FileInfo(Trace + ".new").Length > 100), "the recording has begun");
        await viewer.SendAsync(ClientMessage.Pointer(100, 50, 0), ClientMessage.Key(true, 0x1e), ClientMessage.Key(false, 0x1e));
        await Task.Delay(300);
        await viewer.SendAsync(ClientMessage.Key(true, 0x1f), ClientMessage.Key(false, 0x1f));
        Assert.Equal("2 s have passed", await recording);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Trace));

        using var decoder = new PictureDecoder();
        decoder.Start(640, 400);
        using var meter = new TraceMeter(100e6) { Sent = frame => frame.ToList().ForEach(message => decoder.Accept(message)) };
        await meter.RunAsync(File.OpenRead(Trace), default);
        Assert.InRange(meter.Frames.Count, 3, 10);
        await Eventually.HoldsAsync(() => Task.FromResult(viewer.Read(picture => picture!.Pixels.AsSpan().SequenceEqual(decoder.Picture!.Pixels))), "the viewer has the last picture of the trace");
    }

    [Fact]
    public async Task Session_is_recorded_by_its_machine_and_machine_that_ends_ends_the_recording()
    {
        var admit = RunningHost.AdmitTo(Machine);
        await using var viewer = await Host.OpenAsync(admit);
        await PictureAsync(viewer);
        var recording = RecordAsync(new RecordingRequest(null, admit.Session, 60, 1 << 20));
        await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(Trace + ".new") && new FileInfo(Trace + ".new").Length > 100), "the recording has begun");
        await Host.DesireNothingAsync();
        Assert.Equal("the machine ended: it is being destroyed", await recording.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(1, (await TraceCost.OfAsync(Trace, 1e6, default)).Frames);
    }

    [Fact]
    public async Task Recording_ends_before_it_is_too_large_and_can_be_replayed()
    {
        await using var viewer = await Host.OpenAsync(RunningHost.AdmitTo(Machine));
        await PictureAsync(viewer);
        var recording = RecordAsync(new RecordingRequest($"{Machine}", null, 60, 300 << 10));
        await viewer.SendAsync(ClientMessage.Key(true, 0x2f), ClientMessage.Key(false, 0x2f));
        Assert.StartsWith("the limit of", await recording.WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
        Assert.InRange(new FileInfo(Trace).Length, 1000, 300 << 10);
        Assert.NotEqual(0, (await TraceCost.OfAsync(Trace, 1e6, default)).Frames);
    }

    [Fact]
    public async Task Command_that_leaves_makes_room_for_the_next()
    {
        for (var i = 0; i < 10; i++)
        {
            using var leaving = new CancellationTokenSource();
            var recording = RecordAsync(new RecordingRequest($"{Machine}", null, 60, 1 << 20), leaving.Token);
            await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(Trace + ".new") && new FileInfo(Trace + ".new").Length > 100), "the recording has begun");
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recording);
            Assert.False(File.Exists(Trace + ".new"));
            await Task.Delay(50);
        }

        Assert.False(File.Exists(Trace));
    }

    [Fact]
    public async Task What_cannot_be_recorded_is_said_and_leaves_no_file()
    {
        var other = await Host.MachineAsync();
        await RefusedAsync("There is no machine 'nonsense' here", new("nonsense", null, 5, 1000));
        await RefusedAsync($"{other:N}", new("", null, 5, 1000));
        await RefusedAsync("There is no session", new(null, Guid.NewGuid(), 5, 1000));
        await RefusedAsync("one of them", new("a", Guid.NewGuid(), 5, 1000));
        await RefusedAsync("at most", new($"{Machine}", null, 5, long.MaxValue));
        await RefusedAsync("1 to 3600 seconds", new($"{Machine}", null, 3601, 1000));
        Assert.Empty(Directory.EnumerateFiles(_folder.Folder.Root, "screen*"));
    }

    [Fact]
    public async Task Nobody_else_may_come_and_nonsense_harms_nothing()
    {
        var path = RecordingLine.PathIn(State);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        foreach (var bytes in (byte[][])[[0, 255, 255, 255, 255], [0, 2, 0, 0, 0, (byte)'{', (byte)'{'], [9, 0, 0, 0, 0], [0, 4, 0, 0, 0, .. "null"u8]])
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            await socket.SendAsync(bytes);
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(20)));
        }

        await RefusedAsync("There is no machine", new("nonsense", null, 5, 1000));
    }

    [Fact]
    public async Task Without_a_server_it_is_said_which_is_missing()
    {
        var failure = await Assert.ThrowsAsync<ProtocolException>(() => MachineRecorder.RecordAsync(_folder.Folder, new("a", null, 1, 1000), Trace, new Progress<long>(), default));
        Assert.Contains(_folder.Folder.Root, failure.Message, StringComparison.Ordinal);
    }

    private Task<string> RecordAsync(RecordingRequest request, CancellationToken stop = default) => MachineRecorder.RecordAsync(State, request, Trace, new Progress<long>(), stop);

    private async Task RefusedAsync(string words, RecordingRequest request) =>
        Assert.Contains(words, (await Assert.ThrowsAsync<ProtocolException>(() => RecordAsync(request))).Message, StringComparison.Ordinal);
}
