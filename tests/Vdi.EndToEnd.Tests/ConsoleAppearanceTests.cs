using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>The console's pages as <see cref="AppearanceTests"/> looks at the others, with everything on them that there can be: the answers of the server are
/// made up, but for the picture of the editing machine, which is that of a desktop.</summary>
[Collection(FakeDeskCollection.Name)]
public sealed partial class ConsoleAppearanceTests(FakeDesk desk)
{
    private static readonly string[] Names =
    [
        "desktop", "office", "tiny", "kim", "admin", "Windows 11 (KO).iso", "Windows 11", "virtio-win", "debian-12.qcow2", "debian-12", "qcow2", "raw", "vmdk", "vhdx", "UTC", "Asia/Seoul", "classes", "lab", "Firefox 145, new printers",
        "The guest did not finish /bin/sh within 20 s", "before updates", "updates are in", "Office is installed", "firefox-esr", "libssl3", "nano", "telnet", "pgrep -x Xorg", "TPM", "Debian 12, from the cloud", "kB", "MB", "GB", "TB", "Linux", "byte",
        "b873fc58c915d18a", "b873fc58", "77665544332211aa", "nowhere", "Administrator", "Debian with XFCE, Firefox and Korean input", "Desktops",
    ];

    public static TheoryData<string, ColorScheme, int> Variants() => AppearanceTests.Variants();

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Pages_fit_and_are_translated(string locale, ColorScheme colours, int width)
    {
        var page = await desk.OpenAsync(new BrowserNewContextOptions { Locale = locale, ColorScheme = colours, ViewportSize = new() { Width = width, Height = width < 500 ? 844 : 800 }, HasTouch = width < 500, TimezoneId = "Asia/Seoul" });
        var session = page.Url.Split('/')[^1];
        var look = new Look(page, locale, $"{locale[..2]}-{colours.ToString().ToLowerInvariant()}-{width}", Names);
        await page.Context.RouteAsync("**/api/images**", route => AnswerAsync(route, session));
        await page.Context.RouteAsync("**/h/*/uploads/*", route => UploadAsync(route));

        await page.GotoAsync($"{desk.Vdi.Address}/");
        await page.GetByTestId("user-menu").ClickAsync();
        await page.GetByTestId("to-console").WaitForAsync();
        await look.SeeAsync("console-menu");
        await page.GetByTestId("to-console").ClickAsync();
        await page.GetByTestId("image-tiny").WaitForAsync();
        await look.SeeAllAsync("console-images");
        await page.GetByTestId("medium-delete").First.ClickAsync();
        await page.GetByTestId("confirm-delete-medium").WaitForAsync();
        await look.SeeAsync("console-medium-delete");

        await page.GotoAsync($"{desk.Vdi.Address}/console/images/tiny");
        await page.GetByTestId("version-details").First.WaitForAsync();
        foreach (var details in await page.GetByTestId("version-details").AllAsync())
        {
            if (await details.GetAttributeAsync("aria-expanded") == "false")
            {
                await details.ClickAsync();
            }
        }

        await page.GetByTestId("policy-keep").WaitForAsync();
        await look.SeeAllAsync("console-image");
        await page.GetByTestId("version-actions").First.ClickAsync();
        await page.GetByTestId("version-delete").WaitForAsync();
        await look.SeeAsync("console-version-menu");
        await page.GetByTestId("version-delete").ClickAsync();
        await page.GetByTestId("confirm-delete-version").ClickAsync();
        await page.GetByTestId("refusal-uses").WaitForAsync();
        await look.SeeAsync("console-version-in-use");
        await page.GotoAsync($"{desk.Vdi.Address}/console/images/tiny");
        await page.GetByTestId("version-edit").First.ClickAsync();
        await page.GetByTestId("confirm-edit").WaitForAsync();
        await look.SeeAsync("console-begin-edit");
        await page.GotoAsync($"{desk.Vdi.Address}/console/images/nowhere");
        await page.GetByRole(AriaRole.Heading).First.WaitForAsync();
        await look.SeeAsync("console-unknown-image");

        await page.GotoAsync($"{desk.Vdi.Address}/console/import");
        await page.GetByTestId("unfinished").First.WaitForAsync();
        await look.SeeAsync("console-import");
        await page.Locator("input[type=file]").First.SetInputFilesAsync(new FilePayload { Name = "debian-12.qcow2", MimeType = "", Buffer = new byte[64 << 10] });
        await page.GetByTestId("import-submit").WaitForAsync();
        await look.SeeAllAsync("console-import-form");
        await page.GetByTestId("import-submit").ClickAsync();
        await Assertions.Expect(page.GetByTestId("import")).ToHaveAttributeAsync("data-state", "waiting", new() { Timeout = 30_000 });
        await look.SeeAsync("console-import-waiting");
        await Assertions.Expect(page.GetByTestId("import")).ToHaveAttributeAsync("data-state", "failed", new() { Timeout = 30_000 });
        await look.SeeAsync("console-import-failed");

        await page.GotoAsync($"{desk.Vdi.Address}/console/install");
        await page.GetByTestId("create-submit").ClickAsync();
        await look.SeeAllAsync("console-install");

        foreach (var state in (string[])["ready", "stopped", "failed", "publishing", "published", "discarded"])
        {
            await page.GotoAsync($"{desk.Vdi.Address}/console/edit/{state}");
            if (state is "published" or "discarded")
            {
                await page.GetByTestId("edit-over").WaitForAsync();
            }
            else if (state == "ready")
            {
                await Person.PictureAsync(page);
                await page.WaitForTimeoutAsync(3_500);
            }
            else
            {
                await page.GetByTestId("edit-waiting").WaitForAsync();
            }

            await look.SeeAsync($"console-edit-{state}");
            if (state != "ready")
            {
                continue;
            }

            if (width < 500)
            {
                await page.GetByTestId("edit-open").ClickAsync();
                await page.GetByTestId("edit-publish").WaitForAsync();
                await look.SeeAsync("console-edit-drawer");
            }

            await page.GetByTestId("edit-publish").ClickAsync();
            await page.GetByTestId("confirm-publish").WaitForAsync();
            await look.SeeAsync("console-edit-publish");
        }

        await page.Context.CloseAsync();
        Assert.True(look.Faults.Count == 0, string.Join('\n', look.Faults));
    }

    private async Task AnswerAsync(IRoute route, string session)
    {
        var (method, path) = (route.Request.Method, new Uri(route.Request.Url).AbsolutePath["/api/images".Length..].TrimEnd('/'));
        if (method == "POST" && path == "/edits/ready/ticket")
        {
            var answer = await route.FetchAsync(new() { Url = $"{desk.Vdi.Address}/api/sessions/{session}/ticket" });
            await route.FulfillAsync(new() { Response = answer });
            return;
        }

        if (method == "DELETE" && path.StartsWith("/tiny/versions/", StringComparison.Ordinal))
        {
            await route.FulfillAsync(new() { Status = 409, Json = new { code = "version-in-use", detail = "Version 9f3a of 'tiny' is used by pools.", pools = new[] { new { pool = "classes", @as = "current" } }, machines = 12, edit = "e1" } });
            return;
        }

        object? json = path switch
        {
            "" => Samples.Versions,
            "/tiny" => Samples.Tree,
            "/recipes" => Samples.Recipes,
            "/media" => Samples.Media,
            "/jobs" => Samples.Page(route.Request.Url.Contains("unfinished", StringComparison.Ordinal) ? [] : Samples.Jobs),
            "/edits" => Samples.Page([Samples.Edit("ready")]),
            "/uploads" when method == "GET" => Samples.Uploads,
            "/uploads" => new { id = "u9", address = "/h/local/uploads/u9", ticket = "t", fileName = "debian-12.qcow2", expiresAt = "2026-01-01T00:00:00Z" },
            "/tiny/policy" => Samples.Policy,
            _ when EditPath().Match(path) is { Success: true } match => Samples.Edit(match.Groups[1].Value),
            _ => null,
        };
        await route.FulfillAsync(json is null
            ? new() { Status = 404, Json = new { code = "unknown-image", detail = "There is none." } }
            : new() { Json = json, Headers = new Dictionary<string, string> { ["ETag"] = "\"1\"" } });
    }

    /// <summary>A host that has the beginning of the file, then does not answer, and then is full.</summary>
    private static Task UploadAsync(IRoute route)
    {
        var heads = route.Request.Method == "HEAD" ? Interlocked.Increment(ref _heads) : 0;
        return heads % 3 == 1 ? route.FulfillAsync(new() { Status = 204, Headers = new Dictionary<string, string> { ["Vdi-Offset"] = $"{40 << 10}" } })
            : heads % 3 == 2 ? Later(() => route.AbortAsync())
            : heads > 0 ? Later(() => route.FulfillAsync(new() { Status = 507, ContentType = "application/problem+json", Body = """{"code":"disk-full","detail":"The host's disk is full."}""" }))
            : route.AbortAsync();

        static async Task Later(Func<Task> then)
        {
            await Task.Delay(500);
            await then();
        }
    }

    private static int _heads;

    [GeneratedRegex("^/edits/([a-z]+)$")]
    private static partial Regex EditPath();
}
