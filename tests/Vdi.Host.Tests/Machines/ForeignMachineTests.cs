using System.Net;
using Vdi.Emulator.Fakes;
using Vdi.Host.Machines;
using Vdi.Host.Tests.Desktops;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Screens;

namespace Vdi.Host.Tests.Machines;

/// <summary>Screens that are no machines of the host's: it connects to them over TCP, here to real VNC servers.</summary>
public sealed class ForeignMachineTests : IAsyncLifetime
{
    private readonly TemporaryState _state = new();
    private readonly Guid _id = Guid.NewGuid();
    private RunningHost? _host;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _state.Dispose();
    }

    [Fact]
    public async Task Screen_with_a_password_is_shown_and_takes_input()
    {
        await using var server = await XvncServer.StartAsync("open sesame");
        await StartAsync();
        await DesireAsync(new ScreenAddress("127.0.0.1", server.Port, "open sesame"));
        await SaysAsync("is ready");
        await using var client = await _host!.OpenAsync(RunningHost.AdmitTo(_id));
        await PictureAsync(client);
        await client.SendAsync(ClientMessage.Key(true, 0x1e), ClientMessage.Key(false, 0x1e), ClientMessage.Pointer(50, 60, 0));
        await client.SendAsync(new ClientMessage(ClientMessageType.Refresh));
        var frames = client.Frames;
        await Eventually.HoldsAsync(() => Task.FromResult(client.Frames > frames), "it goes on after the keys");
        Assert.Equal("is ready", Reason);
    }

    [Theory]
    [InlineData(null, "answers at 127.0.0.1:{0}, but cannot be used: the peer demands a password")]
    [InlineData("wrong", "answers at 127.0.0.1:{0}, but cannot be used: the peer refused the password")]
    public async Task Screen_that_lets_nobody_in_says_so_until_it_does(string? password, string reason)
    {
        await using var server = await XvncServer.StartAsync("open sesame");
        await StartAsync(retry: 1000);
        await DesireAsync(new ScreenAddress("127.0.0.1", server.Port, password));
        await SaysAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, reason, server.Port));

        // An administrator gives the right one.
        await DesireAsync(new ScreenAddress("127.0.0.1", server.Port, "open sesame"));
        await SaysAsync("is ready");
    }

    [Fact]
    public async Task Screen_that_goes_away_says_so_and_comes_back_to_whoever_looks_at_it()
    {
        var port = XvncServer.FreePort();
        await StartAsync();
        await DesireAsync(new ScreenAddress("localhost", port));
        await SaysAsync($"does not answer at localhost:{port}: nothing listens there");
        DesktopClient client;
        await using (await XvncServer.StartAsync(null, port))
        {
            await SaysAsync("is ready");
            client = await _host!.OpenAsync(RunningHost.AdmitTo(_id));
            await PictureAsync(client);
        }

        await using var _ = client;
        await SaysAsync($"does not answer at localhost:{port}: nothing listens there");
        await using var again = await XvncServer.StartAsync(null, port);
        await SaysAsync("is ready");
        Assert.False(client.Ended.IsCompleted);
        var frames = client.Frames;
        await client.SendAsync(new ClientMessage(ClientMessageType.Refresh));
        await Eventually.HoldsAsync(() => Task.FromResult(client.Frames > frames), "pictures come again");
    }

    [Fact]
    public async Task Newer_epoch_ends_what_its_last_user_sees_and_could_come_back_with()
    {
        await using var server = await XvncServer.StartAsync(null);
        await StartAsync();
        var screen = new ScreenAddress("127.0.0.1", server.Port);
        await DesireAsync(screen);
        await SaysAsync("is ready");
        await using var client = await _host!.OpenAsync(RunningHost.AdmitTo(_id));
        await PictureAsync(client);
        await DesireAsync(screen, epoch: 2);
        await client.Ended.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(ByeReason.SessionEnded, client.Bye?.Reason);
        await Assert.ThrowsAnyAsync<Exception>(async () => await _host!.ComeAsync(CredentialKind.ResumeSecret, client.ResumeSecret));
        await using var next = await _host!.OpenAsync(RunningHost.AdmitTo(_id) with { Epoch = 2 });
        await PictureAsync(next);
    }

    [Fact]
    public async Task Own_addresses_are_refused_where_nobody_allowed_them()
    {
        await using var server = await XvncServer.StartAsync(null);
        await StartAsync(local: false);
        await DesireAsync(new ScreenAddress("localhost", server.Port));
        await Eventually.HoldsAsync(() => Task.FromResult(Reason?.Contains("this host itself", StringComparison.Ordinal) == true), "it is refused");
        await DesireAsync(new ScreenAddress("169.254.169.254", 80));
        await Eventually.HoldsAsync(() => Task.FromResult(Reason?.Contains("169.254.169.254 is this host itself or its own link", StringComparison.Ordinal) == true), "and so are its links");
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.9.9.9", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("64:ff9b::7f00:1", true)]
    [InlineData("::127.0.0.1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("::", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("::ffff:169.254.169.254", true)]
    [InlineData("fe80::1", true)]
    [InlineData("224.0.0.1", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("ff02::1", true)]
    [InlineData("10.255.254.253", false)]
    [InlineData("192.0.2.7", false)]
    [InlineData("2001:db8::7", false)]
    public void Addresses_that_lead_to_the_host_itself_are_known(string address, bool local) => Assert.Equal(local, LocalAddresses.Holds(IPAddress.Parse(address)));

    private string? Reason => _host!.Heard.OfType<ActualState>().Last().Machines.SingleOrDefault(machine => machine.Machine == _id)?.Reason;

    private async Task StartAsync(bool local = true, int retry = 50) => _host = await RunningHost.StartAsync(
        _state.Folder, new FakeHypervisor(RunningHost.Computer(), TimeProvider.System), new HostOptions { AllowLocalScreens = local, ScreenRetry = TimeSpan.FromMilliseconds(retry) });

    private Task DesireAsync(ScreenAddress screen, long epoch = 1) => _host!.SayAsync(new DesiredState([new DesiredMachine(_id, "", epoch, Create: true, PoolNetwork.Isolated("lab")) { Screen = screen }]));

    private async Task SaysAsync(string reason)
    {
        try
        {
            await Eventually.HoldsAsync(() => Task.FromResult(Reason == reason), $"it says that it {reason}", 20);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; it {Reason}", e);
        }
    }

    private static Task PictureAsync(DesktopClient client) => Eventually.HoldsAsync(() => Task.FromResult(client.Read(picture => picture is { Width: 640, Height: 400 })), "the picture is there");
}
