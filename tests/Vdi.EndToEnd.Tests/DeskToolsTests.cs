using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>What the controls over a desktop do: the captured mouse, and how the picture is scaled. The fake machine's white square of 16
/// pixels shows where its pointer is.</summary>
[Collection(FakeDeskCollection.Name)]
public sealed class DeskToolsTests(FakeDesk desk)
{
    private static readonly int[] White = [255, 255, 255];

    [Fact]
    public async Task Captured_mouse_carries_the_pointer_on_from_where_it_was_until_it_is_given_back()
    {
        var page = await desk.OpenAsync(new() { ViewportSize = new() { Width = 640, Height = 400 }, Locale = "en-US" });
        await PointsAsync(page, 560, 200);
        await DeskTools.OpenAsync(page);
        await page.GetByTestId("session-capture").ClickAsync();
        await page.WaitForFunctionAsync("() => document.pointerLockElement?.tagName === 'CANVAS'");
        await page.Mouse.MoveAsync(100, 100);
        var before = await SquareAtRestAsync(page);

        // However far it goes here, it goes there, and the browser's own place has no part in it.
        await page.Mouse.MoveAsync(140, 125);
        Assert.Equal((before.X + 40, before.Y + 25), await SquareAtRestAsync(page));
        Assert.Equal(0, await page.Locator(".captured-pointer:visible").CountAsync());
        await page.EvaluateAsync("document.exitPointerLock()");
        await page.WaitForFunctionAsync("() => !document.pointerLockElement");
        await page.Mouse.MoveAsync(300, 200);
        await Eventually.HoldsAsync(async () => await SquareAsync(page) == (300, 200), "the pointer is where the browser's is");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Mouse_is_not_offered_where_there_is_none()
    {
        var page = await desk.OpenAsync(new() { ViewportSize = new() { Width = 390, Height = 844 }, Locale = "en-US", HasTouch = true, IsMobile = true });
        await DeskTools.OpenAsync(page);
        Assert.Equal(await page.EvaluateAsync<bool>("matchMedia('(any-pointer: fine)').matches") ? 1 : 0, await page.GetByTestId("session-capture").CountAsync());
        await page.Context.CloseAsync();
    }

    [Theory]
    [InlineData(1, 1531, 947)]
    [InlineData(1.5f, 1001, 700)]
    public async Task Crisp_picture_has_pixels_of_one_size_and_takes_the_pointer_where_it_points(float ratio, int width, int height)
    {
        var page = await desk.OpenAsync(new() { ViewportSize = new() { Width = width, Height = height }, DeviceScaleFactor = ratio, Locale = "en-US" });
        await DeskTools.OpenAsync(page);
        await PointsAsync(page, 333, 222);
        await page.GetByTestId("session-scaling").ClickAsync();
        var canvas = page.Locator(".screen canvas");
        var box = (await canvas.BoundingBoxAsync())!;
        Assert.Equal(2, box.Width * ratio / 640, 3);
        Assert.Equal(2, box.Height * ratio / 400, 3);
        Assert.Equal(Math.Round(box.X * ratio), box.X * ratio, 1);
        Assert.Equal("pixelated", await canvas.EvaluateAsync<string>("canvas => getComputedStyle(canvas).imageRendering"));
        await PointsAsync(page, 101, 99);
        await PointsAsync(page, 620, 380);

        // The choice is this browser's, and lasts.
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByTestId("screen")).ToHaveAttributeAsync("data-crisp", "true", new() { Timeout = 30_000 });
        await DeskTools.OpenAsync(page);
        await page.GetByTestId("session-scaling").ClickAsync();
        Assert.True((await canvas.BoundingBoxAsync())!.Width > box.Width + 100);
        await PointsAsync(page, 10, 300);
        await page.Context.CloseAsync();
    }

    [Theory]
    [InlineData("en-US", ColorScheme.Dark, 1280, 800)]
    [InlineData("ko-KR", ColorScheme.Light, 1280, 800)]
    [InlineData("en-US", ColorScheme.Light, 390, 844)]
    [InlineData("ko-KR", ColorScheme.Dark, 390, 844)]
    [InlineData("en-US", ColorScheme.Light, 320, 568)]
    public async Task Controls_stay_inside_the_window(string locale, ColorScheme colours, int width, int height)
    {
        var page = await desk.OpenAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = colours, Locale = locale, HasTouch = width < 500 });
        await DeskTools.OpenAsync(page);
        await page.GetByTestId("session-scaling").FocusAsync();
        await page.Locator(".tools-line b").WaitForAsync();
        await RunningVdi.ScreenshotAsync(page, $"tools-{locale[..2]}-{colours.ToString().ToLowerInvariant()}-{width}");
        foreach (var button in await page.Locator(".tools-panel button").AllAsync())
        {
            var box = (await button.BoundingBoxAsync())!;
            Assert.True(box.X >= 0 && box.X + box.Width <= width, $"{await button.GetAttributeAsync("data-testid")} is at {box.X} to {box.X + box.Width}");
        }

        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Hidden_controls_open_at_their_handle_whether_or_not_it_is_clicked_and_shut_at_the_next_click()
    {
        var page = await desk.OpenAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-US" });
        var handle = page.GetByTestId("session-tools");
        await page.Mouse.MoveAsync(640, 500);
        await Assertions.Expect(handle).ToHaveAttributeAsync("aria-expanded", "false");
        var box = (await handle.BoundingBoxAsync())!;

        // The mouse alone opens them, and what slides under the click that follows at once is not what was aimed at.
        await page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
        await page.Mouse.DownAsync();
        await page.Mouse.UpAsync();
        await Assertions.Expect(handle).ToHaveAttributeAsync("aria-expanded", "true");
        await page.WaitForTimeoutAsync(3_000);
        await Assertions.Expect(handle).ToHaveAttributeAsync("aria-expanded", "true");
        await handle.ClickAsync();
        await Assertions.Expect(handle).ToHaveAttributeAsync("aria-expanded", "false");
        await page.Context.CloseAsync();
    }

    /// <summary>Points with the mouse at a framebuffer pixel's middle, and waits for the guest's pointer to be exactly there.</summary>
    private static async Task PointsAsync(IPage page, int x, int y)
    {
        var box = (await page.Locator(".screen canvas").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync((float)(box.X + ((x + 0.5) * box.Width / 640)), (float)(box.Y + ((y + 0.5) * box.Height / 400)));
        await Eventually.HoldsAsync(async () => await SquareAsync(page) == (x, y), $"the square is at {x},{y}");
    }

    private static async Task<(int X, int Y)> SquareAtRestAsync(IPage page)
    {
        for (var last = (X: -1, Y: -1); ;)
        {
            await page.WaitForTimeoutAsync(300);
            if (await SquareAsync(page) is { X: >= 0 } now)
            {
                if (now == last)
                {
                    return now;
                }

                last = now;
            }
        }
    }

    /// <summary>Upper left corner of what is white; -1 where nothing is.</summary>
    private static async Task<(int X, int Y)> SquareAsync(IPage page)
    {
        var place = await page.EvaluateAsync<int[]>(
            """
            (white) => {
              const canvas = document.querySelector('[data-testid=screen] canvas');
              const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
              copy.drawImage(canvas, 0, 0);
              const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
              for (let i = 0; i < data.length; i += 4) if (white.every((value, at) => data[i + at] === value)) return [i / 4 % canvas.width, Math.floor(i / 4 / canvas.width)];
              return [-1, -1];
            }
            """,
            White);
        return (place[0], place[1]);
    }
}
