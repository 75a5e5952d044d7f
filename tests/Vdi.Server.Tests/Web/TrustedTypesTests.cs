using Microsoft.Playwright;
using Vdi.Server.Tls;
using Vdi.TestSupport;

namespace Vdi.Server.Tests.Web;

/// <summary>The whole web client in Chromium over https, under the content security policy.</summary>
public sealed class TrustedTypesTests
{
    [Fact]
    public async Task Client_works_under_its_policy_and_injected_markup_does_not()
    {
        await using var vdi = await HttpsVdi.StartAsync(new TlsOptions(null, null, ["localhost"], null));
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await RunningVdi.LaunchBrowserAsync(playwright);
        await using var context = await browser.NewContextAsync(new() { IgnoreHTTPSErrors = true, Locale = "en-US", ViewportSize = new() { Width = 1280, Height = 800 } });
        var page = await context.NewPageAsync();
        List<string> violations = [];
        page.PageError += (_, error) => violations.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Security Policy", StringComparison.OrdinalIgnoreCase) || message.Text.Contains("Trusted", StringComparison.Ordinal) || message.Text.Contains("Permissions-Policy", StringComparison.Ordinal))
            {
                violations.Add(message.Text);
            }
        };
        await context.AddInitScriptAsync("addEventListener('securitypolicyviolation', event => console.error(`Security Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))");

        var visitor = new Visitor(page, vdi.Address);
        await visitor.SignInAsync(vdi.Password, "a password of my own");
        await visitor.OpenAsync();

        // What styles are made at run time is applied, or the toolbar would not be where it is.
        Assert.NotEqual("", await page.EvaluateAsync<string>("getComputedStyle(document.documentElement).getPropertyValue('--mantine-primary-color-filled')"));
        await page.Mouse.MoveAsync(640, 2);
        await page.GetByTestId("session-end").ClickAsync();
        await page.GetByTestId("confirm-end").WaitForAsync();
        Assert.True(violations.Count == 0, string.Join('\n', violations));

        foreach (var attempt in (string[])[
            "document.body.innerHTML = '<img src=x onerror=alert(1)>'",
            "document.createElement('script').src = '/assets/other.js'",
            "new Worker('/assets/other.js')",
            "trustedTypes.createPolicy('mine', { createHTML: text => text })",
            "eval('1')"])
        {
            // In a task of its own: what a debugger runs may use eval.
            var outcome = await page.EvaluateAsync<string>($"() => new Promise(end => setTimeout(() => {{ try {{ {attempt}; end('done'); }} catch (error) {{ end(error.name); }} }}))");
            Assert.True(outcome.EndsWith("Error", StringComparison.Ordinal), $"{attempt}: {outcome}");
        }
    }
}
