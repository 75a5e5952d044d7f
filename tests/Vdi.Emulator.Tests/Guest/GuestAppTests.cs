using Vdi.Emulator.Machines;
using Vdi.Emulator.Tests.Networks;
using Vdi.Protocol.Apps;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Guest;

/// <summary>A real guest that shows one application instead of a desktop.</summary>
public sealed class GuestAppTests
{
    [RootFact]
    public async Task Fork_has_the_application_open_and_tells_of_its_windows_and_its_end()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var template = await emulator.Supply(await TestImages.Shared.ProvideAsync("tiny", state)).GetAsync("tiny", size: null, TestApps.Terminal, null, default);
        await using var machine = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("pool"), default);
        try
        {
            await machine.SettleAsync(null, TimeSpan.FromSeconds(120), default);
            await using var line = await machine.OpenAppLineAsync(default);
            await using var heard = line.ReadAsync(default).GetAsyncEnumerator();
            await line.AskAsync(default);
            Assert.Equal(TestApps.Title, (await NextAsync<AppTitle>(heard, title => title.Text.Length > 0)).Text);
            Assert.Equal(1, (await NextAsync<AppWindows>(heard)).Count);

            // It is all there is on the screen, and where it was to be.
            Assert.Equal(("/tmp\n", "0\n"), (await RunAsync(machine, "readlink /proc/$(pgrep -x xterm)/cwd"), await RunAsync(machine, "pgrep -c xfce4-panel || true")));

            // Something beside it, then something in the place of both.
            await line.RunAsync(new MachineApp("xterm", ["-title", "second", "-e", "sleep 1000"]), instead: false, default);
            await NextAsync<AppWindows>(heard, windows => windows.Count == 2);
            await NextAsync<AppTitle>(heard, title => title.Text == "second");
            await line.RunAsync(new MachineApp("xterm", ["-title", "third", "-e", "sleep 3; echo the last words; exit 3"]), instead: true, default);
            await NextAsync<AppTitle>(heard, title => title.Text == "third");
            var end = await NextAsync<AppEnded>(heard);
            Assert.Equal(0, end.Signal);

            // What cannot be started ends at once, and says why.
            await line.RunAsync(new MachineApp("/no/such/program", []), instead: true, default);
            end = await NextAsync<AppEnded>(heard);
            Assert.Equal((127, false), (end.Code, end.IsWell));
            Assert.Contains("No such file", end.Output, StringComparison.Ordinal);

            // A desktop that starts anew shows it again.
            await RunAsync(machine, "systemctl restart vdi-desktop");
            while (await RunAsync(machine, "pgrep -c xterm || true") != "1\n")
            {
                await Task.Delay(500);
            }
        }
        finally
        {
            await machine.DestroyAsync(default);
        }
    }

    [RootFact]
    public async Task Plain_fork_is_turned_to_an_application_and_one_that_is_not_there_is_named()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var template = await TestImages.Shared.TinyAsync(state, emulator);
        var request = new ForkRequest(Guid.NewGuid(), 1, "tiny", PoolNetwork.Isolated("pool"), App: new MachineApp("xterm", ["-title", "late", "-e", "sleep 1000"], Open: false));
        await using var machine = await emulator.Forker.ForkAsync(template, request, default);
        try
        {
            await machine.SettleAsync(null, TimeSpan.FromSeconds(120), default);
            await GuestAppWait(machine, request.App!);
            await using var line = await machine.OpenAppLineAsync(default);
            await using var heard = line.ReadAsync(default).GetAsyncEnumerator();
            await line.AskAsync(default);
            await NextAsync<AppTitle>(heard, title => title.Text == "late");
            await line.CloseAsync(default);
            Assert.True((await NextAsync<AppEnded>(heard)).Signal is 0 or 1);
        }
        finally
        {
            await machine.DestroyAsync(default);
        }

        var missing = new ForkRequest(Guid.NewGuid(), 1, "tiny", PoolNetwork.Isolated("pool"), App: new MachineApp("no-such-program", [], Open: false));
        await using var other = await emulator.Forker.ForkAsync(template, missing, default);
        try
        {
            await other.SettleAsync(null, TimeSpan.FromSeconds(120), default);
            var failure = await Assert.ThrowsAsync<MachineException>(() => GuestAppWait(other, missing.App!));
            Assert.Contains("there is no such program in the image", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            await other.DestroyAsync(default);
        }
    }

    private static Task GuestAppWait(Machine machine, MachineApp app) => Emulator.Guest.GuestApp.WaitForWindowAsync(app, machine.OpenAppLineAsync, TimeSpan.FromSeconds(60), default);

    private static async Task<string> RunAsync(Machine machine, string script) => (await machine.Agent!.RunAsync("/bin/sh", ["-c", script], TimeSpan.FromSeconds(60), default)).Output;

    private static async Task<T> NextAsync<T>(IAsyncEnumerator<AppMessage> heard, Func<T, bool>? which = null)
        where T : AppMessage
    {
        while (await heard.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60)))
        {
            if (heard.Current is T message && which?.Invoke(message) is null or true)
            {
                return message;
            }
        }

        throw new InvalidOperationException($"No {typeof(T).Name} came");
    }
}
