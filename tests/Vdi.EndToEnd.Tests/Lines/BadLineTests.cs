using System.Diagnostics;
using Microsoft.Playwright;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Xunit.Abstractions;

namespace Vdi.EndToEnd.Tests.Lines;

/// <summary>Faults 15 to 17, and two windows of one session.</summary>
[Collection(TinyCollection.Name)]
public sealed class BadLineTests(LineDesktop desktop, ITestOutputHelper output) : IClassFixture<LineDesktop>, IAsyncLifetime
{
    private Person Person => desktop.Person;

    public Task InitializeAsync() => desktop.MendAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Dropped_client_keeps_its_picture_and_comes_back_by_itself()
    {
        await Eventually.HoldsAsync(async () => await HashSoonAsync(500) == await HashSoonAsync(500), "the screen stands still", 60);
        var before = await Person.PictureHashAsync(Person.Page);
        var asked = new List<string>();
        void Note(object? sender, IRequest request) => asked.Add(request.Url);
        Person.Page.Request += Note;

        await desktop.Line.RefuseNewAsync();
        desktop.Line.Reset();
        await Person.StateIsAsync("reconnecting");
        await Assertions.Expect(Person.Page.Locator(".desk-note")).ToBeVisibleAsync();
        await Task.Delay(3_000);
        Assert.Equal(before, await Person.PictureHashAsync(Person.Page));
        await RunningVdi.ScreenshotAsync(Person.Page, "reconnecting");

        var frames = await Person.FramesAsync(Person.Page);
        desktop.Line.Listen();
        var watch = Stopwatch.StartNew();
        await Person.StateIsAsync("connected");
        await Eventually.HoldsAsync(async () => await Person.FramesAsync(Person.Page) > frames, "the picture is painted again");
        output.WriteLine($"picture back after {watch.ElapsedMilliseconds} ms");
        Assert.Equal(before, await Person.PictureHashAsync(Person.Page));
        await Assertions.Expect(Person.Page.Locator(".desk-note")).ToHaveCountAsync(0);
        Person.Page.Request -= Note;
        Assert.DoesNotContain(asked, url => url.Contains("/ticket", StringComparison.Ordinal) || url.Contains("/sign-in", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Silent_line_is_noticed_and_left_for_a_new_one()
    {
        desktop.Line.Stall();
        await Person.StateIsAsync("reconnecting", 40);
        await desktop.Line.RefuseNewAsync();
        desktop.Line.Reset();
        desktop.Line.Resume();
        desktop.Line.Listen();
        await Person.StateIsAsync("connected");
    }

    [Fact]
    public async Task Second_window_takes_over_and_the_first_does_not_fight_back()
    {
        var second = await Person.SecondWindowAsync();
        await Person.PictureAsync(second);
        await Assertions.Expect(Person.Page.GetByTestId("panel-taken-over")).ToBeVisibleAsync();
        await RunningVdi.ScreenshotAsync(Person.Page, "taken-over");
        var connections = desktop.Line.Accepted;
        await Task.Delay(3_000);
        await Person.StateIsAsync(second, "connected");
        await Person.StateIsAsync(Person.Page, "ended");
        Assert.Equal(connections, desktop.Line.Accepted);

        await Person.Page.GetByTestId("session-again").ClickAsync();
        await Person.PictureAsync(Person.Page);
        await Assertions.Expect(second.GetByTestId("panel-taken-over")).ToBeVisibleAsync();
        await second.CloseAsync();
    }

    [Fact]
    public async Task Slow_line_holds_at_most_three_frames_and_the_newest_picture_wins()
    {
        await Person.LeaveAsync();
        var slow = new LineQuality { Delay = TimeSpan.FromMilliseconds(100), BytesPerSecond = 1_000_000 / 8 };
        (desktop.Line.Up, desktop.Line.Down) = (slow, slow);
        try
        {
            await using var client = await desktop.HeadlessAsync(throughLine: true);
            await desktop.BeginToPaintAsync();
            await Task.Delay(8_000);
            var busy = client.Frames;
            await desktop.StopPaintingAsync();
            var (frames, bytes) = (client.Frames, client.Bytes);
            await QuietAsync(client);
            var after = client.Bytes - bytes;
            output.WriteLine($"{frames} frames, {bytes / 1024} KiB while the screen changed; {client.Frames - frames} frames, {after / 1024} KiB after it stood still");
            Assert.InRange(await desktop.PaintedAsync(), 3, int.MaxValue);
            Assert.InRange(busy, 3, int.MaxValue);

            var shown = client.Read(picture => picture!.Pixels.ToArray());
            await using var direct = await DesktopClient.ConnectAsync(desktop.Vdi.Address, "/h/local/hub/desktop", CredentialKind.ResumeSecret, client.ResumeSecret);
            await Eventually.HoldsAsync(() => Task.FromResult(direct.Frames > 0), "the first frame came");

            // What is sent in pieces is the newest picture, once, behind the three frames that may be under way: nothing older had been kept for later.
            var underWay = 3 * 1_000_000 / 8 / 10;
            Assert.InRange(after, 0, direct.Bytes + underWay);
            Assert.True(direct.Read(picture => picture!.Pixels.AsSpan().SequenceEqual(shown)), "what the slow line showed last is not what the screen shows");
        }
        finally
        {
            await desktop.CleanAsync();
        }
    }

    [Fact]
    public async Task Client_that_stops_reading_costs_little_memory()
    {
        await Person.LeaveAsync();

        // Buffers that encoders share are kept between frames, whoever looks: they are no cost of the client that is measured.
        await using (var other = await desktop.HeadlessAsync(throughLine: false))
        {
            await desktop.BeginToPaintAsync();
            await Task.Delay(4_000);
            await desktop.CleanAsync();
        }

        await Task.Delay(1_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        try
        {
            await using var client = await desktop.HeadlessAsync(throughLine: true);
            var own = client.Read(picture => picture!.Pixels.Length);
            var connected = GC.GetTotalMemory(forceFullCollection: true);
            client.Acknowledging = false;
            desktop.Line.Stall();
            await desktop.BeginToPaintAsync();
            await Task.Delay(10_000);
            Assert.InRange(await desktop.PaintedAsync(), 3, int.MaxValue);
            var held = GC.GetTotalMemory(forceFullCollection: true);
            // Beside the picture that this client itself keeps: it lives in this process, too.
            var (reading, not) = (connected - before - own, held - before - own);
            output.WriteLine($"{reading / 1024} KiB for a client that reads, {not / 1024} KiB for one that does not");
            Assert.InRange(not, long.MinValue, 5_000_000);
        }
        finally
        {
            desktop.Line.Reset();
            await desktop.CleanAsync();
        }
    }

    private async Task<string> HashSoonAsync(int milliseconds)
    {
        await Task.Delay(milliseconds);
        return await Person.PictureHashAsync(Person.Page);
    }

    private static async Task QuietAsync(DesktopClient client)
    {
        int before;
        do
        {
            before = client.Frames;
            await Task.Delay(2_000);
        }
        while (client.Frames != before);
    }
}
