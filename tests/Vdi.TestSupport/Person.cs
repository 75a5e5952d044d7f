using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Vdi.Broker.Sessions;
using Vdi.Emulator.Machines;

namespace Vdi.TestSupport;

/// <summary>Someone who is signed in with a browser window of their own. Disposing ends the desktop and closes the window.</summary>
public sealed partial class Person : IAsyncDisposable
{
    public const string Password = "a long enough password";
    private readonly RunningVdi _vdi;
    private readonly string _address;
    private IMachine? _machine;

    private Person(RunningVdi vdi, string name, string address, IBrowserContext context, IPage page) =>
        (_vdi, Name, _address, Context, Page) = (vdi, name, address, context, page);

    public string Name { get; }

    public IBrowserContext Context { get; }

    public IPage Page { get; }

    /// <summary>The picture of the desktop, with what the client says about it in data attributes.</summary>
    public ILocator Screen => Page.GetByTestId("screen");

    public Guid Session { get; private set; }

    /// <summary>The machine behind the open desktop, where it is QEMU's.</summary>
    public Machine Machine => _machine as Machine ?? throw new InvalidOperationException("There is no QEMU behind this desktop");

    internal static async Task<Person> SignInAsync(RunningVdi vdi, string name, BrowserNewContextOptions? window, string address)
    {
        var context = await vdi.Browser.NewContextAsync(window ?? new() { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-US" });
        var page = await context.NewPageAsync();
        await page.GotoAsync(address);
        await page.GetByTestId("sign-in-username").FillAsync(name);
        await page.GetByTestId("sign-in-password").FillAsync(Password);
        await page.GetByTestId("sign-in-submit").ClickAsync();
        await page.GetByTestId("desktop-card-desktops").WaitForAsync();
        return new Person(vdi, name, address, context, page);
    }

    /// <summary>Opens the desktop and waits for its picture.</summary>
    public async Task OpenDesktopAsync(float seconds = 240)
    {
        var open = Page.GetByTestId("desktop-open-desktops");
        await Assertions.Expect(open).ToBeEnabledAsync(new() { Timeout = seconds * 1000 });
        await _vdi.MachineReadyAsync(seconds);
        await open.ClickAsync();
        await PictureAsync(Page);
        Session = Guid.Parse(SessionInPath().Match(Page.Url).Groups[1].Value);
        var machine = await _vdi.QueryAsync(db => db.Sessions.Where(session => session.Id == Session).Select(session => session.MachineId).SingleAsync());
        _machine = _vdi.Host.FindMachine(machine!.Value) ?? throw new InvalidOperationException("The host does not have the session's machine");
    }

    /// <summary>Comes back to the desktop by its address.</summary>
    public async Task ComeBackAsync()
    {
        await Page.GotoAsync($"{_address}/desktop/{Session}");
        await PictureAsync(Page);
    }

    /// <summary>The same desktop in a second window of the same browser.</summary>
    public async Task<IPage> SecondWindowAsync()
    {
        var page = await Context.NewPageAsync();
        await page.GotoAsync($"{_address}/desktop/{Session}");
        return page;
    }

    /// <summary>A ticket for the open desktop: the hub's path, and the secret to say Hello with.</summary>
    public async Task<(string Hub, byte[] Ticket)> TicketAsync()
    {
        var answer = await Page.EvaluateAsync<JsonElement>("async id => (await fetch(`/api/sessions/${id}/ticket`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })).json()", Session.ToString());
        return (answer.GetProperty("hub").GetString()!, Base64Url.DecodeFromChars(answer.GetProperty("ticket").GetString()));
    }

    /// <summary>Leaves the desktop, which keeps running, for the start page.</summary>
    public async Task LeaveAsync()
    {
        await Page.GotoAsync(_address);
        await Page.GetByTestId("desktop-card-desktops").WaitForAsync();
    }

    public Task StateIsAsync(string state, double seconds = 30) => StateIsAsync(Page, state, seconds);

    public static Task StateIsAsync(IPage page, string state, double seconds = 30) =>
        Assertions.Expect(page.GetByTestId("screen")).ToHaveAttributeAsync("data-state", state, new() { Timeout = (float)seconds * 1000 });

    /// <summary>SHA-256 of the pixels on the canvas.</summary>
    public static Task<string> PictureHashAsync(IPage page) => page.EvaluateAsync<string>(
        """
        async () => {
          const canvas = document.querySelector('[data-testid=screen] canvas');
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
          copy.drawImage(canvas, 0, 0);
          const hash = await crypto.subtle.digest('SHA-256', copy.getImageData(0, 0, canvas.width, canvas.height).data);
          return `${canvas.width}x${canvas.height} ${[...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
        }
        """);

    /// <summary>Frames painted since the page was opened.</summary>
    public static async Task<int> FramesAsync(IPage page) =>
        int.Parse(await page.GetByTestId("screen").GetAttributeAsync("data-frames") ?? "0", CultureInfo.InvariantCulture);

    public static async Task PictureAsync(IPage page)
    {
        await StateIsAsync(page, "connected");
        await Eventually.HoldsAsync(async () => await FramesAsync(page) > 0, "a frame is painted");
    }

    /// <summary>Runs a shell script in the guest as root; returns what it printed. A guest that paints without end while others build takes half a minute
    /// for a word.</summary>
    public async Task<string> InGuestAsync(string script, double seconds = 60)
    {
        var (code, output, errors) = await Machine.Agent!.RunAsync("/bin/sh", ["-c", script], TimeSpan.FromSeconds(seconds), default);
        return code == 0 ? output : throw new InvalidOperationException($"In the guest: exit code {code} of {script}: {errors}");
    }

    /// <summary>The same as the user of the guest's desktop.</summary>
    public Task<string> AtGuestDesktopAsync(string script, double seconds = 60) =>
        InGuestAsync($"exec runuser -u user -- env DISPLAY=:0 XAUTHORITY=/run/vdi-desktop/xauthority LANG=en_US.UTF-8 HOME=/home/user sh -c '{script.Replace("'", "'\\''", StringComparison.Ordinal)}'", seconds);

    public async ValueTask DisposeAsync()
    {
        if (Session != default)
        {
            await Page.EvaluateAsync("id => fetch(`/api/sessions/${id}`, { method: 'DELETE', headers: { 'Content-Type': 'application/json' }, body: '{}' })", Session.ToString());
            await Eventually.HoldsAsync(
                () => _vdi.QueryAsync(db => db.Sessions.AnyAsync(session => session.Id == Session && session.State == SessionState.Ended)), "the session is ended", 60);
        }

        await Context.CloseAsync();
    }

    [GeneratedRegex("/desktop/([0-9a-f-]{36})")]
    private static partial Regex SessionInPath();
}
