using System.Diagnostics;
using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>A desktop is recorded while somebody works on it, and looked at afterwards in another browser.</summary>
[Collection(FakeDeskCollection.Name)]
public sealed class ReplayTests(FakeDesk desk)
{
    private static readonly BrowserNewContextOptions Window = new() { ViewportSize = new() { Width = 640, Height = 400 }, Locale = "en-US" };

    [Fact]
    public async Task Recorded_session_is_shown_to_a_browser_once_a_link()
    {
        var page = await desk.OpenAsync(Window);
        var session = page.Url.Split('/')[^1];
        var trace = Path.Combine(desk.Vdi.State.Root, "desk.trace");
        await page.Mouse.MoveAsync(40, 300);
        var recording = desk.Vdi.RunAsync("trace", "record", trace, "--session", session, "--seconds", "4");
        await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(trace + ".new") && new FileInfo(trace + ".new").Length > 100), "the recording has begun");
        await page.Keyboard.PressAsync("a");
        await page.Mouse.MoveAsync(300, 200);
        Assert.Contains("4 s have passed", await recording, StringComparison.Ordinal);
        await Eventually.HoldsAsync(async () => (await FakeDesk.ColourAsync(page, 305, 205))[0] == 255, "the pointer is there");
        var colour = await FakeDesk.ColourAsync(page, 10, 10);
        await page.Context.CloseAsync();

        using var replay = desk.Vdi.Begin("trace", "replay", trace, "--listen");
        try
        {
            var watcher = await (await desk.Browser.NewContextAsync(Window)).NewPageAsync();
            var faults = new List<string>();
            watcher.Console += (_, message) => faults.Add($"{message.Type}: {message.Text}");
            var link = await LinkAsync(replay);
            await watcher.GotoAsync(link);
            await Person.StateIsAsync(watcher, "connected");
            await Eventually.HoldsAsync(
                async () => (await FakeDesk.ColourAsync(watcher, 305, 205)).SequenceEqual([255, 255, 255]) && (await FakeDesk.ColourAsync(watcher, 10, 10)).SequenceEqual(colour),
                "the recorded picture is there");
            Assert.Equal("desk.trace · Vdi", await watcher.TitleAsync());
            Assert.DoesNotContain("#", watcher.Url, StringComparison.Ordinal);
            await DeskTools.OpenAsync(watcher);
            await RunningVdi.ScreenshotAsync(watcher, "replay");
            Assert.Equal(0, await watcher.GetByTestId("session-end").CountAsync());
            Assert.Equal(0, await watcher.GetByTestId("session-leave").CountAsync());
            Assert.Equal(1, await watcher.GetByTestId("session-scaling").CountAsync());

            // The link is used up, and there is a new one.
            await watcher.GotoAsync("about:blank");
            await watcher.GotoAsync(link);
            await watcher.GetByTestId("panel-replay").WaitForAsync(new() { Timeout = 30_000 });
            await RunningVdi.ScreenshotAsync(watcher, "replay-over");
            await watcher.GotoAsync("about:blank");
            await watcher.GotoAsync(await LinkAsync(replay));
            await Person.PictureAsync(watcher);

            // Whoever looks is told when it ends.
            using (var kill = Process.Start("kill", $"{replay.Id}"))
            {
                await kill.WaitForExitAsync();
            }

            await watcher.GetByTestId("panel-replay").WaitForAsync(new() { Timeout = 30_000 });
            await replay.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(0, replay.ExitCode);
            Assert.DoesNotContain(faults, fault => fault.Contains("could not be decoded", StringComparison.Ordinal) || fault.Contains("Content Security", StringComparison.Ordinal));
            await watcher.Context.CloseAsync();
        }
        finally
        {
            if (!replay.HasExited)
            {
                replay.Kill();
            }
        }
    }

    [Fact]
    public async Task Replay_begins_again_where_it_shall_and_other_servers_have_none()
    {
        var page = await desk.OpenAsync(Window);
        var trace = Path.Combine(desk.Vdi.State.Root, "loop.trace");
        await page.Mouse.MoveAsync(40, 300);
        var recording = desk.Vdi.RunAsync("trace", "record", trace, "--session", page.Url.Split('/')[^1], "--seconds", "2");
        await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(trace + ".new") && new FileInfo(trace + ".new").Length > 100), "the recording has begun");
        await Task.Delay(500);
        await page.Mouse.MoveAsync(300, 200);
        await recording;
        await page.GotoAsync($"{desk.Vdi.Address}/replay#abc");
        await page.GetByText("There is nothing here").WaitForAsync();
        await page.Context.CloseAsync();

        using var replay = desk.Vdi.Begin("trace", "replay", trace, "--listen", "--loop");
        try
        {
            var watcher = await (await desk.Browser.NewContextAsync(Window)).NewPageAsync();
            await watcher.GotoAsync(await LinkAsync(replay));
            await Person.PictureAsync(watcher);
            for (var round = 0; round < 2; round++)
            {
                await Eventually.HoldsAsync(async () => (await FakeDesk.ColourAsync(watcher, 45, 305))[0] == 255, $"round {round} begins");
                await Eventually.HoldsAsync(async () => (await FakeDesk.ColourAsync(watcher, 305, 205)).SequenceEqual([255, 255, 255]), $"round {round} ends");
            }

            await watcher.Context.CloseAsync();
        }
        finally
        {
            replay.Kill();
        }
    }

    [Fact]
    public async Task What_makes_no_sense_is_said()
    {
        await File.WriteAllTextAsync(Path.Combine(desk.Vdi.State.Root, "text"), "not a trace at all");
        foreach (var (words, arguments) in new (string, string[])[]
        {
            ("one of them", ["record", "x"]),
            ("one of them", ["record", "x", "--machine", "a", "--vnc", "b"]),
            ("There is no machine 'nonsense' here", ["record", "x", "--machine", "nonsense"]),
            ("is not a trace", ["replay", Path.Combine(desk.Vdi.State.Root, "text"), "--listen"]),
            ("--loop is for --listen", ["replay", "x", "--loop"]),
            ("one of them", ["replay", "x", "--listen", "--json"]),
        })
        {
            Assert.Contains(words, (await Assert.ThrowsAsync<InvalidOperationException>(() => desk.Vdi.RunAsync(["trace", .. arguments]))).Message, StringComparison.Ordinal);
        }
    }

    private static async Task<string> LinkAsync(Process replay)
    {
        var line = await replay.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) ?? throw new InvalidOperationException(await replay.StandardError.ReadToEndAsync());
        return line.Split(' ').Single(word => word.StartsWith("http://127.0.0.1:", StringComparison.Ordinal));
    }
}
