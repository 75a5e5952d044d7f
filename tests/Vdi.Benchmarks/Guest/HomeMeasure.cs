using System.Diagnostics;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Guest;

/// <summary>From the request for a machine until it has its person's settings and files, and what power cuts do to these.</summary>
internal static class HomeMeasure
{
    private const int Rounds = 20;
    private const int Cuts = 50;

    public static async Task<List<Figure>> RunAsync(Template template)
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var home = new MachineHome(Guid.NewGuid(), HomeMode.Folders, 20);
        await BringAsync(emulator, template, home);
        var (known, fresh, whole) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            known.Add(await BringAsync(emulator, template, home));
            if (round % 4 == 0)
            {
                fresh.Add(await BringAsync(emulator, template, home with { Home = Guid.NewGuid() }));
                whole.Add(await BringAsync(emulator, template, home with { Mode = HomeMode.Whole }));
            }
        }

        var machine = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("bench"), default);
        await machine.SettleAsync(null, TimeSpan.FromSeconds(120), default);
        var (tried, unreadable, lost) = await PowerCuts.RunAsync(emulator, machine, state.Folder.Root, Cuts);
        return
        [
            new Figure("person", "s", known),
            new Figure("person.first", "s", fresh),
            new Figure("person.whole", "s", whole),
            new Figure("home.kills", "cuts", [tried]),
            new Figure("home.unreadable", "disks", [unreadable]),
            new Figure("home.lost", "files", [lost]),
        ];
    }

    private static async Task<double> BringAsync(TestEmulator emulator, Template template, MachineHome home)
    {
        var began = Stopwatch.GetTimestamp();
        await using var machine = await emulator.Forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("bench"), default);
        await machine.SettleAsync(null, TimeSpan.FromSeconds(120), default);
        await machine.GiveToAsync(new PersonSettings("김 민수", "ko-KR", "Asia/Seoul", "kr"), default);
        await machine.BringHomeAsync(home, default);
        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await machine.DestroyAsync(default);
        return took;
    }
}
