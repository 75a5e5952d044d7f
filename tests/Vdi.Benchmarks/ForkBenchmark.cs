using System.Diagnostics;
using System.Globalization;
using Vdi.Emulator;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Benchmarks;

/// <summary>deploy/bench fork: instant forks of the desktop image, and how they sleep and wake.</summary>
internal static class ForkBenchmark
{
    private const int Rounds = 20;

    public static async Task<List<Figure>> RunAsync(StateFolder installed, string image)
    {
        using var state = new TemporaryState();
        var template = await InstalledImages.TemplateAsync(installed, image);
        var forker = new TestEmulator(state.Folder).Forker;
        var (running, agent) = await OneByOneAsync(forker, template);
        var identity = await IdentityAsync(forker, template);
        var sleep = await SleepAsync(forker, template);
        var (rate, kept) = await SustainedAsync(forker, template);
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(20));
            return
            [
                new Figure("fork.running", "s", running),
                new Figure("fork.agent", "s", agent),
                new Figure("fork.identity", "s", identity),
                .. sleep,
                new Figure("fork.rate", "1/s", [rate]),
                new Figure("fork.private", "MiB", [.. kept.Select(machine => PrivateMiB(machine.Process.Pid))]),
                new Figure("fork.shared", "MiB", [AllocatedMiB(Path.Combine(template.Folder, "ram"))]),
            ];
        }
        finally
        {
            foreach (var machine in kept)
            {
                await machine.DestroyAsync(default);
            }
        }
    }

    private static async Task<(List<double> Running, List<double> Agent)> OneByOneAsync(Forker forker, Template template)
    {
        var (running, agent) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            var machine = await forker.ForkAsync(template, Guid.NewGuid(), 1, network: null, default);
            running.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            await machine.ConnectAgentAsync(TimeSpan.FromSeconds(60), default);
            agent.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            await machine.DestroyAsync(default);
        }

        return (running, agent);
    }

    /// <summary>From the request until the guest itself says its own address, host name, machine id and the right time.</summary>
    private static async Task<List<double>> IdentityAsync(Forker forker, Template template)
    {
        var seconds = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var (id, began) = (Guid.NewGuid(), Stopwatch.GetTimestamp());
            var machine = await forker.ForkAsync(template, id, 1, PoolNetwork.Isolated("bench"), default);
            await machine.SettleAsync(null, TimeSpan.FromSeconds(60), default);
            while (machine.Times.Address is null)
            {
                await Task.Delay(5);
            }

            var (_, said, _) = await machine.Agent!.RunAsync("/bin/sh", ["-c", "cat /proc/sys/kernel/hostname /etc/machine-id; date +%s; ip -4 -o address show scope global | wc -l"], TimeSpan.FromSeconds(20), default);
            seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            var lines = said.Trim().Split('\n');
            var late = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds - double.Parse(lines[2], CultureInfo.InvariantCulture);
            if (lines[0] != GuestIdentity.HostName(id) || lines[1] != GuestIdentity.MachineId(id) || Math.Abs(late) > 3 || lines[3] != "1")
            {
                throw new InvalidOperationException($"The guest says of itself: {said}");
            }

            await machine.DestroyAsync(default);
        }

        return seconds;
    }

    /// <summary>Settled machines are suspended, each until nothing of it runs, and woken, each until it runs and until its guest has the time again.</summary>
    private static async Task<List<Figure>> SleepAsync(Forker forker, Template template)
    {
        var (suspend, wake, settled, size, kept) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var machine = await forker.ForkAsync(template, Guid.NewGuid(), 1, PoolNetwork.Isolated("bench"), default);
            await machine.SettleAsync(null, TimeSpan.FromSeconds(60), default);
            while (machine.Times.Address is null)
            {
                await Task.Delay(5);
            }

            var began = Stopwatch.GetTimestamp();
            var asleep = await machine.SuspendAsync(default);
            suspend.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            size.Add(asleep.Bytes / 1048576.0);
            await machine.DisposeAsync();
            began = Stopwatch.GetTimestamp();
            var woken = (Machine)await asleep.WakeAsync(PoolNetwork.Isolated("bench"), default);
            wake.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await woken.SettleAsync(null, TimeSpan.FromSeconds(60), default);
            settled.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            kept.Add(PrivateMiB(woken.Process.Pid));
            await woken.DestroyAsync(default);
            await woken.DisposeAsync();
        }

        return
        [
            new Figure("suspend", "ms", suspend),
            new Figure("wake", "ms", wake),
            new Figure("wake.settled", "ms", settled),
            new Figure("suspend.size", "MiB", size),
            new Figure("wake.private", "MiB", kept),
        ];
    }

    /// <summary>Forks one after the other for ten seconds, or until the host has no room for another, keeping every machine.</summary>
    private static async Task<(double Rate, List<Machine> Kept)> SustainedAsync(Forker forker, Template template)
    {
        var kept = new List<Machine>();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(10))
        {
            try
            {
                var machine = await forker.ForkAsync(template, Guid.NewGuid(), 1, network: null, default);

                // As the host does with a machine that nobody looks at yet.
                machine.YieldToOthers(true);
                kept.Add(machine);
            }
            catch (ShortageException) when (kept.Count >= 10)
            {
                break;
            }
        }

        return (kept.Count / watch.Elapsed.TotalSeconds, kept);
    }

    /// <summary>Private_Clean and Private_Dirty of /proc/PID/smaps_rollup (proc(5)).</summary>
    private static double PrivateMiB(int pid) => File.ReadLines($"/proc/{pid}/smaps_rollup")
        .Where(line => line.StartsWith("Private_", StringComparison.Ordinal))
        .Sum(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)) / 1024;

    /// <summary>What a sparse file really takes, by du(1).</summary>
    private static double AllocatedMiB(string path)
    {
        using var du = Process.Start(new ProcessStartInfo("du", ["-k", path]) { RedirectStandardOutput = true })!;
        return double.Parse(du.StandardOutput.ReadToEnd().Split('\t')[0], CultureInfo.InvariantCulture) / 1024;
    }
}
