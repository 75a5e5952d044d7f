using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Vdi.Broker.Data;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;
using Vdi.Emulator;
using Vdi.Emulator.Fakes;
using Vdi.Emulator.Images;
using Vdi.Emulator.Templates;
using Vdi.Host;
using Vdi.Protocol.Fleet;
using Vdi.Server;

namespace Vdi.TestSupport;

/// <summary>The whole product in this process and Chromium beside it.</summary>
public sealed class RunningVdi : IAsyncDisposable
{
    private readonly TemporaryState _state = new();
    private IPlaywright _playwright = null!;
    private WebApplication _server = null!;

    private RunningVdi() { }

    public IBrowser Browser { get; private set; } = null!;

    public string Address { get; private set; } = "";

    public string Password { get; private set; } = "";

    public HostAgent Host => _server.Services.GetRequiredService<HostAgent>();

    public StateFolder State => _state.Folder;

    /// <param name="image">Image of the pool.</param>
    public static Task<RunningVdi> StartAsync(string image, int warm, TestImages images) => StartAsync(async vdi =>
    {
        await images.ProvideAsync(image, vdi._state);
        await vdi.StartServerAsync(image, warm, fakeMachines: false, _ => { });
    });

    /// <summary>One warm machine, forked from a template that was made elsewhere and needs neither image nor agent: the boot sector's.</summary>
    public static Task<RunningVdi> StartWithTemplateAsync(Template template) =>
        StartAsync(vdi => vdi.StartServerAsync(template.Machine.Image, warm: 1, fakeMachines: false, services => services.GetRequiredService<TemplateSupply>().Give(template)));

    /// <summary>One machine that does not exist, on whose display lines <paramref name="screen"/> serves RFB: it gets the other end of each,
    /// and closes it. There is room for no second machine, which would have the same screen.</summary>
    public static Task<RunningVdi> StartWithScreenAsync(Func<Socket, Task> screen) => StartAsync(vdi => vdi.StartServerAsync("screen", warm: 1, fakeMachines: true, services =>
    {
        var computer = services.GetRequiredService<FakeComputer>();
        (computer.Screen, computer.Room) = (screen, 1);
    }));

    private static async Task<RunningVdi> StartAsync(Func<RunningVdi, Task> startServer)
    {
        Environment.SetEnvironmentVariable("VDI_RECIPES", Path.Combine(Repository.Root, "deploy", "image"));
        Environment.SetEnvironmentVariable("VDI_WWWROOT", Path.Combine(Repository.Root, "client-web", "dist"));
        var vdi = new RunningVdi();
        try
        {
            await startServer(vdi);
            await vdi.StartBrowserAsync();
            return vdi;
        }
        catch
        {
            await vdi.DisposeAsync();
            throw;
        }
    }

    private async Task StartServerAsync(string image, int warm, bool fakeMachines, Action<IServiceProvider> prepare)
    {
        Address = $"http://localhost:{FreePort()}";
        _server = VdiServer.Build(new VdiServerOptions(_state.Folder, Address, image, warm, fakeMachines));
        prepare(_server.Services);
        await VdiServer.PrepareAsync(_server, default);
        Password = await _server.Services.MakeFirstAdministratorAsync() ?? throw new InvalidOperationException("There was an administrator already");
        await _server.StartAsync();
    }

    private async Task StartBrowserAsync()
    {
        _playwright = await Playwright.CreateAsync();
        Browser = await LaunchBrowserAsync(_playwright);
    }

    /// <summary>Debian's Chromium, quiet about everything that is not the page.</summary>
    public static Task<IBrowser> LaunchBrowserAsync(IPlaywright playwright) => playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = "/usr/bin/chromium",
        Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null)
        {
            await Browser.CloseAsync();
        }

        _playwright?.Dispose();
        if (_server is not null)
        {
            await _server.StopAsync();
            await _server.DisposeAsync();
            await new TestEmulator(State).EndAllAsync();
        }

        _state.Dispose();
    }

    /// <summary>Asks the truth itself.</summary>
    public async Task<T> QueryAsync<T>(Func<VdiDb, Task<T>> query)
    {
        await using var scope = _server.Services.CreateAsyncScope();
        return await query(scope.ServiceProvider.GetRequiredService<VdiDb>());
    }

    /// <summary>Where screenshots and logs of a run are kept.</summary>
    public static string Artifacts => Directory.CreateDirectory(Environment.GetEnvironmentVariable("VDI_ARTIFACTS") is { Length: > 0 } given ? given : Path.Combine(Repository.Root, "artifacts")).FullName;

    /// <summary>Keeps a screenshot among the test's artefacts.</summary>
    public static async Task ScreenshotAsync(IPage page, string name)
    {
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Artifacts, $"{name}.png"), Animations = ScreenshotAnimations.Disabled });
    }

    /// <summary>Signs in as the first administrator and sets a password of one's own; ends on the start page.</summary>
    public async Task SignInAsync(IPage page, string ownPassword)
    {
        await page.GotoAsync(Address);
        await ScreenshotAsync(page, "sign-in");
        await page.GetByTestId("sign-in-username").FillAsync("admin");
        await page.GetByTestId("sign-in-password").FillAsync(Password);
        await page.GetByTestId("sign-in-submit").ClickAsync();
        await page.GetByTestId("password-current").FillAsync(Password);
        await page.GetByTestId("password-next").FillAsync(ownPassword);
        await page.GetByTestId("password-repeat").FillAsync(ownPassword);
        await ScreenshotAsync(page, "password");
        await page.GetByTestId("password-submit").ClickAsync();
        await page.GetByTestId("desktop-card-desktops").WaitForAsync();
    }

    /// <summary>A new user of the first pool, signed in through the page at <paramref name="address"/> (the server's own where null).</summary>
    /// <param name="role">What the person may beside opening desktops.</param>
    public async Task<Person> NewPersonAsync(BrowserNewContextOptions? window = null, string? address = null, string role = Roles.User)
    {
        var name = $"person-{Guid.NewGuid().ToString("N")[..8]}";
        await using (var scope = _server.Services.CreateAsyncScope())
        {
            var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
            var user = new User { UserName = name, DisplayName = name };
            var made = await users.CreateAsync(user, Person.Password);
            made = made.Succeeded ? await users.AddToRolesAsync(user, new HashSet<string> { Roles.User, role }) : made;
            if (!made.Succeeded)
            {
                throw new InvalidOperationException(string.Join(" ", made.Errors.Select(error => error.Description)));
            }
        }

        return await Person.SignInAsync(this, name, window, address ?? Address);
    }

    /// <summary>Waits until a machine of the first pool is ready for the next who comes.</summary>
    public async Task MachineReadyAsync(double seconds)
    {
        try
        {
            await Eventually.HoldsAsync(() => QueryAsync(db => db.Machines.AnyAsync(machine => machine.PoolId == DefaultPool.Id && machine.State == MachineState.Ready)), "a machine is ready", seconds);
        }
        catch (TimeoutException e)
        {
            var machines = await QueryAsync(db => db.Machines.Select(machine => $"{machine.Id:N} {machine.State}: {machine.Reason}").ToListAsync());
            throw new TimeoutException($"{e.Message}; machines: {string.Join("; ", machines)}; folders: {DescribeFolders()}", e);
        }
    }

    /// <summary>What QEMU and the guest's screen said, for a failure that happens where nobody can look.</summary>
    private string DescribeFolders()
    {
        var words = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories(State.Templates).Concat(Directory.EnumerateDirectories(State.Machines)))
        {
            var log = Path.Combine(folder, "log");
            words.Add($"{Path.GetFileName(folder)} [{string.Join(' ', Directory.EnumerateFiles(folder).Select(Path.GetFileName))}] {(File.Exists(log) ? File.ReadAllText(log).Trim() : "")}");
        }

        return string.Join("; ", words);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
