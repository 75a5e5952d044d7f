using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Tests.Networks;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Limits;

[Collection(QemuCollection.Name)]
public sealed class CgroupTests(BootSectorTemplate fixture)
{
    private const string Root = "/sys/fs/cgroup";
    private static readonly string[] Controllers = ["memory", "cpu", "pids"];

    [RootFact]
    public async Task Machine_is_bounded_in_memory_processor_and_threads_where_the_kernel_can()
    {
        await using var machine = await fixture.Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, network: null, default);
        try
        {
            var memory = (fixture.Definition.MemoryMiB + 1024L) * 1024 * 1024;
            var expected = IsVersion2
                ? new Dictionary<string, (string File, string Value)> { ["memory"] = ("memory.max", $"{memory}"), ["cpu"] = ("cpu.max", "200000 100000"), ["pids"] = ("pids.max", "256") }
                : new Dictionary<string, (string File, string Value)> { ["memory"] = ("memory.limit_in_bytes", $"{memory}"), ["cpu"] = ("cpu.cfs_quota_us", "200000"), ["pids"] = ("pids.max", "256") };
            var bounded = Controllers.Where(IsThere).ToList();
            foreach (var controller in bounded)
            {
                var group = GroupOf(controller, machine.Id);
                Assert.Equal(expected[controller].Value, (await File.ReadAllTextAsync(Path.Combine(group, expected[controller].File))).Trim());
                Assert.Contains($"{machine.Process.Pid}", await File.ReadAllLinesAsync(Path.Combine(group, "cgroup.procs")));
            }

            // What it says of itself is what there is: nothing is missing where all three are, and each that is missing is named.
            var missing = Cgroup.Confine(machine.Id, machine.Process.Pid, fixture.Definition.MemoryMiB, fixture.Definition.Cpus);
            Assert.Equal(bounded.Count < Controllers.Length, missing is not null);
            Assert.All(Controllers.Except(bounded), controller => Assert.Contains(controller, missing, StringComparison.Ordinal));
        }
        finally
        {
            await machine.DestroyAsync(default);
        }

        Assert.All(Controllers, controller => Assert.False(Directory.Exists(GroupOf(controller, machine.Id))));
    }

    [RootFact]
    public async Task Machine_that_yields_weighs_little_until_somebody_looks()
    {
        await using var machine = await fixture.Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, network: null, default);
        try
        {
            var (file, little, full) = IsVersion2 ? ("cpu.weight", "3", "100") : ("cpu.shares", "32", "1024");
            machine.YieldToOthers(true);
            await WeighsAsync(little);
            machine.YieldToOthers(false);
            await WeighsAsync(full);

            async Task WeighsAsync(string expected)
            {
                if (IsThere("cpu"))
                {
                    Assert.Equal(expected, (await File.ReadAllTextAsync(Path.Combine(GroupOf("cpu", machine.Id), file))).Trim());
                }
            }
        }
        finally
        {
            await machine.DestroyAsync(default);
        }
    }

    private static bool IsVersion2 => File.Exists(Path.Combine(Root, "cgroup.controllers"));

    /// <summary>Whether the kernel has the controller and lets us make groups, by what it says and not by what was made of it.</summary>
    private static bool IsThere(string controller)
    {
        if (IsVersion2 && !File.ReadAllText(Path.Combine(Root, "cgroup.controllers")).Split(' ', '\n').Contains(controller))
        {
            return false;
        }

        var parent = IsVersion2 ? Root : Path.Combine(Root, controller);
        var mounted = File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).FirstOrDefault(mount => mount[1] == parent && mount[2].StartsWith("cgroup", StringComparison.Ordinal));
        return mounted is not null && mounted[3].Split(',').Contains("rw");
    }

    private static string GroupOf(string controller, Guid machine) => Path.Combine(Root, IsVersion2 ? "" : controller, "vdi", $"{machine:N}");
}
