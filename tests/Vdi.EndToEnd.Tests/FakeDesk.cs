using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>A server whose machines do not exist, and Chromium: quick, for what the page does and the guest has no part in.</summary>
public sealed class FakeDesk : IAsyncLifetime
{
    private const string Own = "a password of my own";
    private IPlaywright _playwright = null!;
    private string? _password;

    public VdiProcess Vdi { get; private set; } = null!;

    public IBrowser Browser { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Vdi = await VdiProcess.StartAsync("desktop", warm: 1, fake: true);
        _playwright = await Playwright.CreateAsync();
        Browser = await RunningVdi.LaunchBrowserAsync(_playwright);
    }

    public async Task DisposeAsync()
    {
        await Browser.CloseAsync();
        _playwright.Dispose();
        await Vdi.DisposeAsync();
    }

    /// <summary>The administrator's desktop in a new window, its picture painted.</summary>
    public async Task<IPage> OpenAsync(BrowserNewContextOptions window)
    {
        var context = await Browser.NewContextAsync(window);
        var page = await context.NewPageAsync();
        var visitor = new Visitor(page, Vdi.Address);
        if (_password is null)
        {
            await visitor.SignInAsync(Vdi.Password, _password = Own);
        }
        else
        {
            await page.GotoAsync(Vdi.Address);
            await page.GetByTestId("sign-in-username").FillAsync("admin");
            await page.GetByTestId("sign-in-password").FillAsync(_password);
            await page.GetByTestId("sign-in-submit").ClickAsync();
            await page.GetByTestId("desktop-card-desktops").WaitForAsync();
        }

        await visitor.OpenAsync();
        return page;
    }

    /// <summary>Red, green and blue of the desktop's picture at a place, in framebuffer pixels.</summary>
    public static Task<int[]> ColourAsync(IPage page, int x, int y) => page.EvaluateAsync<int[]>(
        """
        ([x, y]) => {
          const canvas = document.querySelector('[data-testid=screen] canvas');
          const copy = new OffscreenCanvas(1, 1).getContext('2d');
          copy.drawImage(canvas, x, y, 1, 1, 0, 0, 1, 1);
          return [...copy.getImageData(0, 0, 1, 1).data.slice(0, 3)];
        }
        """,
        new[] { x, y });
}

[CollectionDefinition(Name)]
public sealed class FakeDeskCollection : ICollectionFixture<FakeDesk>
{
    public const string Name = "fake desk";
}
