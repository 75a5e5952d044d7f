using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>The console's applications, against the real server with machines that do not exist: published from what an image says that it has, edited, linked to; every
/// page of it looked at in both languages, both colours, on a monitor and on a phone.</summary>
[Collection(FakeDeskCollection.Name)]
public sealed class AppConsoleTests(FakeDesk desk)
{
    private static readonly string[] Names = ["Editor", "Writes text", "editor", "Class 7", "admin", "screen", "Desktops", "Debian with XFCE, Firefox and Korean input", "text/plain", "Administrator", "https://intranet.example", "https://", "/app/", "desktop", "{value}", "--page={value}", "page", "Page"];

    public static TheoryData<string, ColorScheme, int> Variants() => AppearanceTests.Variants();

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Application_is_published_edited_and_linked_to(string locale, ColorScheme colours, int width)
    {
        var page = await desk.OpenAsync(new BrowserNewContextOptions { Locale = locale, ColorScheme = colours, ViewportSize = new() { Width = width, Height = width < 500 ? 844 : 800 }, HasTouch = width < 500, TimezoneId = "Asia/Seoul" });
        var slug = $"editor-{locale[..2]}-{width}";
        var look = new Look(page, locale, $"{locale[..2]}-{colours.ToString().ToLowerInvariant()}-{width}", [slug, .. Names]);
        try
        {
            await page.GotoAsync($"{desk.Vdi.Address}/console/apps");
            await page.GetByTestId("to-publish").ClickAsync();
            await page.GetByTestId("look").ClickAsync();
            await page.GetByTestId("entry-tick").CheckAsync();
            await page.GetByTestId("entry-slug").FillAsync(slug);
            await page.GetByTestId("entry-version").FillAsync("2.1");
            await page.GetByTestId("publish-everybody").CheckAsync();
            await look.SeeAllAsync("console-apps-publish");
            await page.GetByTestId("publish").ClickAsync();
            await page.GetByTestId("entry-made").WaitForAsync();
            await page.GotoAsync($"{desk.Vdi.Address}/console/apps");
            await page.GetByTestId($"app-{slug}").WaitForAsync();
            await look.SeeAllAsync("console-apps");

            await page.GotoAsync($"{desk.Vdi.Address}/console/apps/of/{slug}");
            await page.GetByTestId("parameter-add").ClickAsync();
            foreach (var (field, text) in new[] { ("name", "page"), ("label", "Page"), ("argument", "--page={value}") })
            {
                await page.GetByTestId($"parameter-{field}").FillAsync(text);
            }

            await page.GetByTestId("app-save").ClickAsync();
            await Eventually.HoldsAsync(
                async () => await page.EvaluateAsync<int>("async slug => (await (await fetch(`/api/pools/${slug}`)).json()).settings.app.parameters.length", slug) == 1,
                "what was edited is kept");
            await page.ReloadAsync();
            await page.GetByTestId("parameter-name").WaitForAsync();
            await look.SeeAllAsync("console-app");
            await page.GetByTestId("link-new").ClickAsync();
            await page.GetByTestId("link-name").FillAsync("Class 7");
            await page.GetByTestId("link-uses").FillAsync("30");
            await look.SeeAsync("console-app-link-new");
            await page.GetByTestId("link-make").ClickAsync();
            Assert.Matches($"/app/{slug}#[A-Za-z0-9_-]{{43}}$", await page.GetByTestId("link-url").InputValueAsync());
            await page.GetByTestId("link-done").ClickAsync();
            await page.GetByTestId("link").WaitForAsync();
            await look.SeeAllAsync("console-app-links");
            await page.GetByTestId("link-revoke").ClickAsync();
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button).Last.ClickAsync();
            await Eventually.HoldsAsync(
                async () => await page.EvaluateAsync<string?>("async slug => (await (await fetch(`/api/pools/${slug}/links`)).json()).items[0].problem", slug) == "link-revoked",
                "the link is revoked");

            // On the start page it is beside the desktop.
            await page.GotoAsync(desk.Vdi.Address);
            await page.GetByTestId($"desktop-card-{slug}").WaitForAsync();
            await look.SeeAllAsync("start-applications");
            await page.GotoAsync($"{desk.Vdi.Address}/app/nothing");
            await page.GetByTestId("app-unknown").WaitForAsync();
            await look.SeeAsync("app-unknown");
            await page.GotoAsync($"{desk.Vdi.Address}/app/{slug}?page=-1");
            await page.GetByTestId("app-refused").WaitForAsync();
            await look.SeeAsync("app-refused");
            Assert.True(look.Faults.Count == 0, string.Join('\n', look.Faults));
        }
        finally
        {
            await page.EvaluateAsync("async slug => { const pool = `/api/pools/${slug}`; const headers = { 'Content-Type': 'application/json', 'If-Match': '*' }; await fetch(pool, { method: 'DELETE', headers, body: '{}' }); await fetch(`${pool}?forever=true`, { method: 'DELETE', headers, body: '{}' }); }", slug);
            await page.Context.CloseAsync();
        }
    }
}
