using System.IO.Hashing;
using Vdi.Emulator;
using Vdi.Emulator.Fakes;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

/// <summary>A host with its hub on a real port, and one machine that does not exist.</summary>
public abstract class HubTests : IAsyncLifetime
{
    private readonly TemporaryState _state = new();

    private protected FakeComputer Computer { get; } = RunningHost.Computer();

    private protected HostOptions Options { get; } = new();

    /// <summary>Monitors of each machine.</summary>
    private protected virtual int Heads => 1;

    private protected TappedHypervisor Hypervisor { get; private set; } = null!;

    private protected RunningHost Host { get; private set; } = null!;

    private protected Guid Machine { get; private set; }

    private protected StateFolder State => _state.Folder;

    private protected string SessionsFolder => _state.Folder.Sessions;

    public async Task InitializeAsync()
    {
        await StartHostAsync();
        Machine = await Host.MachineAsync();
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        _state.Dispose();
    }

    /// <summary>The server's process ends and another one begins; state folder and machines stay.</summary>
    private protected async Task RestartHostAsync(Task? adopting = null)
    {
        await Host.DisposeAsync();
        await StartHostAsync(adopting);
    }

    /// <summary>Waits until the client has a picture, and gives its hash.</summary>
    private protected static async Task<ulong> PictureAsync(DesktopClient client)
    {
        await Eventually.HoldsAsync(() => Task.FromResult(client.Frames > 0), "a frame comes");
        return HashOf(client);
    }

    private protected static ulong HashOf(DesktopClient client) => client.Read(picture => picture is null ? 0 : XxHash3.HashToUInt64(picture.Pixels));

    private async Task StartHostAsync(Task? adopting = null)
    {
        Hypervisor = new TappedHypervisor(Computer) { Adopting = adopting ?? Task.CompletedTask, Heads = Heads };
        Host = await RunningHost.StartAsync(_state.Folder, Hypervisor, Options, reports: adopting is null);
    }
}
