using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

/// <summary>What a browser sends after Welcome, and what becomes of it.</summary>
public sealed class InputTests : HubTests
{
    [Fact]
    public async Task Keys_without_the_right_to_type_change_nothing()
    {
        await using var looker = await Host.OpenAsync(RunningHost.AdmitTo(Machine) with { Rights = Rights.View });
        await using var typist = await Host.OpenAsync(RunningHost.AdmitTo(Machine));
        var before = await PictureAsync(looker);
        await looker.SendAsync(ClientMessage.Key(true, 0x1e), ClientMessage.Pointer(3, 3, 1), ClientMessage.Wheel(0, 1), ClientMessage.Key(false, 0x1e));
        await looker.SendAsync(new ClientMessage(ClientMessageType.ReleaseAll));
        await Task.Delay(300);
        Assert.Equal(before, HashOf(looker));
        Assert.Empty(Hypervisor.Keys);
        Assert.Empty(Hypervisor.Buttons);

        // It still sees what others do.
        await typist.SendAsync(ClientMessage.Key(true, 0x1e), ClientMessage.Key(false, 0x1e));
        await Eventually.HoldsAsync(() => Task.FromResult(HashOf(looker) != before), "the picture changes");
    }

    public static TheoryData<string, byte[]> Bad => new()
    {
        { "a batch beyond 4 KiB", [.. Enumerable.Repeat((byte)ClientMessageType.Refresh, ClientMessage.MaxBatch + 1)] },
        { "a batch beyond what the hub takes", new byte[20 * 1024] },
        { "unknown message", [0x90] },
        { "Hello inside", [0x80, 1, 1, .. new byte[32]] },
        { "a server's message", [0x01, 0, 0] },
        { "half a message", [0x82, 1] },
        { "key out of range", [0x82, 1, 0, 1] },
        { "key 0", [0x82, 1, 0, 0] },
        { "neither down nor up", [0x82, 2, 30, 0] },
        { "unknown button", [0x83, 0, 0, 0, 0, 32] },
        { "unknown button with motion", [0x8A, 0, 0, 0, 0, 32] },
        { "half a motion", [0x8A, 0, 0, 0] },
        { "wheel out of range", [0x84, 17, 0] },
        { "good ones before a bad one", [0x86, 0x86, 0xff] },
        { "acknowledgement of a frame that was never sent", [0x81, 99, 0, 0, 0, 0, 0, 0] },
        { "acknowledgement of frame 0", [0x81, 0, 0, 0, 0, 0, 0, 0] },
        { "acknowledgement of the last number", [0x81, 255, 255, 255, 255, 0, 0, 0] },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Bad_input_ends_the_connection_and_lets_go_of_what_was_held(string what, byte[] batch)
    {
        Assert.NotEmpty(what);
        var admit = RunningHost.AdmitTo(Machine);
        await using var line = await OpenLineAsync(admit);
        await line.SendAsync(ClientMessage.Key(true, 0x2a), ClientMessage.Key(true, 0x1e), ClientMessage.Key(false, 0x1e), ClientMessage.Pointer(5, 5, 4));
        await Eventually.HoldsAsync(() => Task.FromResult(Hypervisor.Buttons.Contains(4)), "the button goes down");
        await line.SendAsync(batch);
        await line.EndsAsync();
        await Host.ReportedAsync(admit.Session, ViewState.Disconnected);
        await Eventually.HoldsAsync(() => Task.FromResult(Hypervisor.Buttons.Last() == 0), "the button goes up");
        Assert.Equal([(true, 0x2a), (true, 0x1e), (false, 0x1e), (false, 0x2a)], Hypervisor.Keys);
        Assert.Equal(0, Host.Reports(admit.Session, ViewState.FirstFrame));
    }

    [Fact]
    public async Task Line_that_breaks_lets_go_of_what_was_held()
    {
        await using (var line = await OpenLineAsync(RunningHost.AdmitTo(Machine)))
        {
            await line.SendAndWaitAsync(ClientMessage.Key(true, 0x38));
        }

        await Eventually.HoldsAsync(() => Task.FromResult(Hypervisor.Keys.Contains((false, 0x38))), "the key goes up");
    }

    [Fact]
    public async Task ReleaseAll_lets_go_once()
    {
        await using var line = await OpenLineAsync(RunningHost.AdmitTo(Machine));
        var release = new ClientMessage(ClientMessageType.ReleaseAll);
        await line.SendAndWaitAsync(ClientMessage.Key(true, 0x1d), release, release, ClientMessage.Key(true, 0x1e));
        await Eventually.HoldsAsync(() => Task.FromResult(Hypervisor.Keys.Count == 3), "all arrives");
        Assert.Equal([(true, 0x1d), (false, 0x1d), (true, 0x1e)], Hypervisor.Keys);
    }

    [Fact]
    public async Task Pointer_beyond_the_screen_stays_at_its_edge()
    {
        await using var client = await Host.OpenAsync(RunningHost.AdmitTo(Machine));
        await PictureAsync(client);
        await client.SendAsync(ClientMessage.Pointer(65535, 65535, 0));
        await Eventually.HoldsAsync(() => Task.FromResult(client.Read(picture => picture!.Row(639, 399, 1).IndexOfAnyExcept((byte)255) < 0)), "the square is in the corner");
    }

    [Fact]
    public async Task Motion_carries_the_pointer_from_where_it_was()
    {
        await using var client = await Host.OpenAsync(RunningHost.AdmitTo(Machine));
        await PictureAsync(client);
        await client.SendAsync(ClientMessage.Pointer(100, 50, 0), ClientMessage.PointerMotion(-20, 30, 0), ClientMessage.PointerMotion(5, 0, 0));
        bool White(int x, int y) => client.Read(picture => picture!.Row(x, y, 1)[..3].IndexOfAnyExcept((byte)255) < 0);
        await Eventually.HoldsAsync(() => Task.FromResult(White(85, 80) && White(100, 95) && !White(84, 80) && !White(101, 80)), "the square is there");
    }

    [Fact]
    public async Task Button_held_while_the_mouse_is_captured_goes_up_with_the_line_and_the_pointer_stays()
    {
        await using (var line = await OpenLineAsync(RunningHost.AdmitTo(Machine)))
        {
            await line.SendAndWaitAsync(ClientMessage.Pointer(10, 10, 0), ClientMessage.PointerMotion(3, 3, 2));
            await Eventually.HoldsAsync(() => Task.FromResult(Hypervisor.Buttons.Contains(2)), "the button goes down");
        }

        await Eventually.HoldsAsync(() => Task.FromResult(Hypervisor.Buttons.Last() == 0), "the button goes up");
        Assert.Equal((13, 13), Hypervisor.Place);
    }

    [Fact]
    public async Task Viewer_that_never_acknowledges_gets_two_frames_and_no_more()
    {
        await using var line = await OpenLineAsync(RunningHost.AdmitTo(Machine));
        _ = line.ScreenAsync().ContinueWith(_ => { }, TaskScheduler.Default);
        for (var i = 0; i < 40; i++)
        {
            await line.SendAndWaitAsync(ClientMessage.Key(true, 0x1e), ClientMessage.Key(false, 0x1e));
            await Task.Delay(25);
        }

        await Eventually.HoldsAsync(() => Task.FromResult(Sequences(line).Count == 2), "two frames come");
        await Task.Delay(300);
        Assert.Equal([1u, 2u], Sequences(line));

        // The newest picture comes with the first acknowledgement.
        await line.SendAndWaitAsync(ClientMessage.Ack(2, 1, 0));
        await Eventually.HoldsAsync(() => Task.FromResult(Sequences(line).Count == 3), "the next frame comes");
    }

    private static List<uint> Sequences(HubLine line) =>
        [.. line.Received.Where(message => message[0] == (byte)ServerMessageType.Frame).Select(message => FramePart.Read(message).Sequence).Distinct()];

    private async Task<HubLine> OpenLineAsync(Admit admit)
    {
        var line = await Host.LineAsync();
        await line.HelloAsync(CredentialKind.Ticket, await Host.TicketAsync(admit));
        return line;
    }
}
