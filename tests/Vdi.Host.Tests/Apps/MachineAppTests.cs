using Microsoft.Extensions.Logging.Abstractions;
using Vdi.Emulator.Fakes;
using Vdi.Emulator.Machines;
using Vdi.Host.Apps;
using Vdi.Protocol.Apps;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Apps;

/// <summary>A machine's application as its host follows it.</summary>
public sealed class MachineAppTests : IAsyncLifetime
{
    private readonly FakeComputer _computer = new() { ForkTime = TimeSpan.Zero, SettleTime = TimeSpan.Zero };
    private IMachine _machine = null!;

    public Task InitializeAsync() => MakeAsync("editor");

    public Task DisposeAsync() => _machine.DestroyAsync(default);

    [Fact]
    public async Task Title_and_end_are_followed_and_something_else_begins_anew()
    {
        await using var keeper = Start(_machine);
        await HoldsAsync(() => keeper.Title == "editor");
        App.Title("notes.txt - Editor");
        await HoldsAsync(() => keeper.Title == "notes.txt - Editor");
        App.End(new AppEnded(3, 0, "bad news"));
        await HoldsAsync(() => keeper.Over == new AppOver(AppOverKind.Failed, "it ended with code 3", "bad news"));

        var run = new AppRun(Guid.NewGuid(), new MachineApp("editor", ["other.txt"]), Instead: true);
        keeper.Run(run);
        keeper.Run(run);
        Assert.Null(keeper.Over);
        await HoldsAsync(() => keeper.Title == "editor other.txt" && keeper.Over is null);
        Assert.Equal([new MachineApp("editor", []), new MachineApp("editor", ["other.txt"])], App.Started);
        App.End(new AppEnded(0, 0, ""));
        await HoldsAsync(() => keeper.Over is { Kind: AppOverKind.Closed });
    }

    [Fact]
    public async Task Another_process_finds_it_as_it_is()
    {
        await using (var first = Start(_machine))
        {
            await HoldsAsync(() => first.Title == "editor");
        }

        App.Title("meanwhile");
        App.End(new AppEnded(0, 0, ""));
        await using var second = Start(_machine);
        await HoldsAsync(() => second.Title == "meanwhile" && second.Over is { Kind: AppOverKind.Closed });
    }

    [Fact]
    public async Task Application_that_ends_at_once_is_named()
    {
        await MakeAsync("false");
        await using var keeper = Start(_machine);
        await HoldsAsync(() => keeper.Over is { Kind: AppOverKind.Failed, Output: "false: it is what I do" });
    }

    [Fact]
    public async Task Application_without_a_window_is_given_up()
    {
        await MakeAsync("windowless");
        await using var keeper = new MachineAppKeeper(_machine, TimeSpan.FromSeconds(1), TimeProvider.System, NullLogger.Instance) { Changed = () => { } };
        keeper.Start();
        await HoldsAsync(() => keeper.Over is { Kind: AppOverKind.NoWindow });
        Assert.Contains("no window within 1 s", keeper.Over!.How, StringComparison.Ordinal);
    }

    private FakeApp App => _computer.Apps[_machine.Id];

    private async Task MakeAsync(string command) =>
        _machine = await new FakeHypervisor(_computer, TimeProvider.System).ForkAsync(new ForkRequest(Guid.NewGuid(), 1, "desktop", PoolNetwork.Isolated("pool"), App: new MachineApp(command, [])), default);

    private static MachineAppKeeper Start(IMachine machine)
    {
        var keeper = new MachineAppKeeper(machine, TimeSpan.FromSeconds(30), TimeProvider.System, NullLogger.Instance) { Changed = () => { } };
        keeper.Start();
        return keeper;
    }

    private static Task HoldsAsync(Func<bool> holds) => Eventually.HoldsAsync(() => Task.FromResult(holds()), "the host knows");
}
