using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>What people are told, and what they tell.</summary>
[Collection(FakeDeskCollection.Name)]
public sealed class NoticeTests(FakeDesk desk)
{
    private const string Text = "오늘 18:00에 점검이 있습니다.\nPlease save your work before six.";

    [Theory]
    [InlineData("en-US", ColorScheme.Light, 1280)]
    [InlineData("ko-KR", ColorScheme.Dark, 390)]
    public async Task Notice_is_shown_over_the_desktop_and_on_the_start_page_and_a_problem_is_reported(string locale, ColorScheme colours, int width)
    {
        var page = await desk.OpenAsync(new() { ViewportSize = new() { Width = width, Height = 800 }, Locale = locale, ColorScheme = colours });
        var look = $"{locale[..2]}-{colours.ToString().ToLowerInvariant()}-{width}";
        Assert.Equal(400, await PostAsync(page, "/api/notices", """{"text":" "}"""));
        Assert.Equal(201, await PostAsync(page, "/api/notices", $$"""{"text":{{System.Text.Json.JsonSerializer.Serialize(Text)}},"pool":"desktops"}"""));
        var notice = page.GetByTestId("notice");
        await Assertions.Expect(notice).ToContainTextAsync("18:00에 점검");
        await RunningVdi.ScreenshotAsync(page, $"notice-desktop-{look}");
        await notice.GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(notice).ToBeHiddenAsync();

        await page.GotoAsync(desk.Vdi.Address);
        var told = page.GetByTestId("start-notice").First;
        await Assertions.Expect(told).ToContainTextAsync("Please save your work");
        await RunningVdi.ScreenshotAsync(page, $"notice-start-{look}");
        while (await page.GetByTestId("start-notice").CountAsync() > 0)
        {
            await page.GetByTestId("start-notice").First.GetByRole(AriaRole.Button).ClickAsync();
        }

        await page.ReloadAsync();
        await page.GetByTestId("desktop-card-desktops").WaitForAsync();
        await Assertions.Expect(page.GetByTestId("start-notice")).ToHaveCountAsync(0);

        await page.GetByTestId("user-menu").ClickAsync();
        await page.GetByTestId("report").ClickAsync();
        await page.GetByTestId("report-text").FillAsync("The sound stutters.\nSince this morning.");
        await page.WaitForTimeoutAsync(400);
        await RunningVdi.ScreenshotAsync(page, $"report-{look}");
        await page.GetByTestId("report-send").ClickAsync();
        await page.GetByTestId("report-sent").WaitForAsync();
        Assert.Contains("The sound stutters", await page.EvaluateAsync<string>("async () => JSON.stringify(await (await fetch('/api/reports')).json())"), StringComparison.Ordinal);
        await page.Context.CloseAsync();
    }

    private static Task<int> PostAsync(IPage page, string path, string body) => page.EvaluateAsync<int>(
        "async ([path, body]) => (await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).status",
        new[] { path, body });
}
