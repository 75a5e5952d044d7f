using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>The page on which the API's description is read.</summary>
[Collection(FakeDeskCollection.Name)]
public sealed class ReferenceTests(FakeDesk desk)
{
    [Fact]
    public async Task Reference_shows_the_operations_and_asks_nobody_but_the_server()
    {
        await using var context = await desk.Browser.NewContextAsync();
        var page = await context.NewPageAsync();
        var (asked, said) = (new List<string>(), new List<string>());
        page.Request += (_, request) => asked.Add(request.Url);
        page.Console += (_, message) => said.Add(message.Text);
        page.PageError += (_, error) => said.Add(error);
        await page.GotoAsync($"{desk.Vdi.Address}/api/reference");
        await page.GetByRole(AriaRole.Link, new() { Name = "pools", Exact = true }).Or(page.GetByRole(AriaRole.Button, new() { Name = "pools", Exact = true })).First.ClickAsync();
        await page.GetByText("Pools, with what there is of them").First.WaitForAsync();
        await RunningVdi.ScreenshotAsync(page, "api-reference");
        Assert.All(asked.Where(url => !url.StartsWith("data:", StringComparison.Ordinal)), url => Assert.StartsWith(desk.Vdi.Address, url, StringComparison.Ordinal));
        Assert.DoesNotContain(said, text => text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Looser_policy_is_the_references_alone()
    {
        using var http = new HttpClient { BaseAddress = new Uri(desk.Vdi.Address) };
        async Task<string> PolicyAsync(string path)
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            return string.Join(' ', answer.Headers.GetValues("Content-Security-Policy"));
        }

        var reference = await PolicyAsync("/api/reference/");
        Assert.Contains("style-src 'self' 'unsafe-inline'", reference, StringComparison.Ordinal);
        Assert.DoesNotMatch("script-src[^;]*unsafe", reference);
        foreach (var path in (string[])["/", "/api/me", "/api/references", "/api/openapi/v1.json", "/reference"])
        {
            var policy = await PolicyAsync(path);
            Assert.DoesNotContain("unsafe-inline", policy, StringComparison.Ordinal);
            Assert.Contains("require-trusted-types-for 'script'", policy, StringComparison.Ordinal);
        }
    }
}
