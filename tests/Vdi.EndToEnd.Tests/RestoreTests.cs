using Vdi.Emulator.Machines;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.EndToEnd.Tests;

/// <summary>A backup is restored while the machines, real ones, run on; fault 28.</summary>
[Collection(TinyCollection.Name)]
public sealed class RestoreTests(TinyVdi fixture) : IDisposable
{
    private const string Own = "a password of my own";
    private readonly string _folder = Directory.CreateTempSubdirectory("vdi-restore").FullName;

    [Fact]
    public async Task Reconcilers_find_nothing_to_do_after_a_restore_and_the_session_goes_on()
    {
        await using var vdi = await VdiProcess.StartAsync("tiny", warm: 1, fixture.Vdi.State.Images, fixture.Vdi.State.Templates);
        using var admin = new Client(vdi.Address);
        await admin.SignInAsync("admin", vdi.Password);
        _ = (await admin.PostAsync("/api/password", new { current = vdi.Password, next = Own })).Good;
        await Eventually.HoldsAsync(async () => (await admin.GetAsync("/api/desktops")).Good[0].GetProperty("ready").GetInt32() > 0, "a machine is ready", 120);
        var session = (await admin.PostAsync("/api/sessions", new { pool = "desktops" })).Good.GetProperty("id").GetGuid();
        await Eventually.HoldsAsync(async () => await MachinesAsync(admin) is ["assigned", "ready"], "one is taken, and another ready", 120);
        var (machines, pids) = (await IdsAsync(admin), Pids(vdi));
        Assert.Equal(2, pids.Count);

        var archive = Path.Combine(_folder, "vdi.tar.gz");
        await vdi.RunAsync("backup", archive);
        await vdi.KillAsync();
        await File.WriteAllTextAsync(vdi.State.Database, "not a database any more");
        await vdi.RunAsync("restore", archive, "--force");
        await vdi.StartAsync();

        using var again = new Client(vdi.Address);
        await again.SignInAsync("admin", Own);
        await Eventually.HoldsAsync(async () => (await again.GetAsync("/api/hosts")).Good[0].GetProperty("machines") is var counts && counts.TryGetProperty("ready", out _) && counts.TryGetProperty("assigned", out _), "the host has reported itself", 60);
        Assert.Contains("2 machines that run already are taken up again", vdi.Log, StringComparison.Ordinal);

        // The reconciler goes through everything once a second: each time it finds all as it shall be.
        for (var i = 0; i < 25; i++)
        {
            Assert.Equal(["assigned", "ready"], await MachinesAsync(again));
            Assert.Equal(machines, await IdsAsync(again));
            Assert.Equal(pids, Pids(vdi));
            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }

        var ticket = (await again.PostAsync($"/api/sessions/{session}/ticket")).Good;
        await using var desktop = await DesktopClient.ConnectAsync(vdi.Address, ticket.GetProperty("hub").GetString()!, CredentialKind.Ticket, Convert.FromBase64String(ticket.GetProperty("ticket").GetString()!.Replace('-', '+').Replace('_', '/') + "="));
        await Eventually.HoldsAsync(() => Task.FromResult(desktop.Read(picture => picture is not null)), "the desktop is seen", 60);
        Assert.DoesNotContain("destroyed", string.Join(' ', (await again.GetAsync("/api/machines")).Good.GetProperty("items").EnumerateArray()), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<List<string>> MachinesAsync(Client person) => [.. (await ItemsAsync(person)).Select(machine => machine.State).Order(StringComparer.Ordinal)];

    private static async Task<List<Guid>> IdsAsync(Client person) => [.. (await ItemsAsync(person)).Select(machine => machine.Id).Order()];

    private static async Task<List<(Guid Id, string State)>> ItemsAsync(Client person) =>
        [.. (await person.GetAsync("/api/machines")).Good.GetProperty("items").EnumerateArray().Select(machine => (machine.GetProperty("id").GetGuid(), machine.GetProperty("state").GetString()!))];

    private static List<int> Pids(VdiProcess vdi) =>
        [.. Directory.EnumerateDirectories(vdi.State.Machines).Select(MachineRecord.TryRead).OfType<MachineRecord>().Where(record => record is { Complete: true, Process.IsAlive: true }).Select(record => record.Pid).Order()];
}
