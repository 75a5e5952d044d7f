using System.Globalization;

namespace Vdi.Emulator.Limits;

/// <summary>A control group for each machine, where the kernel has them and lets us: version 2 (docs.kernel.org admin-guide/cgroup-v2),
/// or the memory, cpu and pids controllers of version 1. Limits are a second wall: QEMU's own memory and threads are bounded, too.</summary>
public static class Cgroup
{
    /// <summary>QEMU's own memory beside its guest's, in MiB: caches, device state, TCG's translated code.</summary>
    private const int OverheadMiB = 1024;
    private const int MaxThreads = 256;
    private const int PeriodMicroseconds = 100_000;
    private const string Root = "/sys/fs/cgroup";
    private const string Parent = "vdi";
    private static readonly string[] Version1 = ["memory", "cpu", "pids"];
    private static readonly bool IsVersion2 = File.Exists(Path.Combine(Root, "cgroup.controllers"));

    /// <summary>Puts a process into its machine's group with its limits. Returns what could not be limited, for people; null where all was.</summary>
    public static string? Confine(Guid machine, int pid, int memoryMiB, int cpus)
    {
        var memory = ((memoryMiB + OverheadMiB) * 1024L * 1024).ToString(CultureInfo.InvariantCulture);

        // One processor more than the guest has: display and disks work beside it.
        var quota = ((cpus + 1) * PeriodMicroseconds).ToString(CultureInfo.InvariantCulture);
        var process = pid.ToString(CultureInfo.InvariantCulture);
        var threads = MaxThreads.ToString(CultureInfo.InvariantCulture);
        List<string> missing = [];
        if (IsVersion2)
        {
            Try("memory, cpu and pids", missing, () =>
            {
                Directory.CreateDirectory(Path.Combine(Root, Parent));
                foreach (var level in (string[])[Root, Path.Combine(Root, Parent)])
                {
                    File.WriteAllText(Path.Combine(level, "cgroup.subtree_control"), "+memory +cpu +pids");
                }

                var group = Group("", machine);
                File.WriteAllText(Path.Combine(group, "memory.max"), memory);
                File.WriteAllText(Path.Combine(group, "cpu.max"), $"{quota} {PeriodMicroseconds}");
                File.WriteAllText(Path.Combine(group, "pids.max"), threads);
                File.WriteAllText(Path.Combine(group, "cgroup.procs"), process);
            });
        }
        else
        {
            foreach (var (controller, file, value) in new[] { ("memory", "memory.limit_in_bytes", memory), ("cpu", "cpu.cfs_quota_us", quota), ("pids", "pids.max", threads) })
            {
                Try(controller, missing, () =>
                {
                    var group = Group(controller, machine);
                    File.WriteAllText(Path.Combine(group, file), value);
                    File.WriteAllText(Path.Combine(group, "cgroup.procs"), process);
                });
            }
        }

        return missing.Count == 0 ? null : $"no limit of {string.Join(", ", missing)}";
    }

    /// <summary>How much of the processors the machine gets beside others: little while it yields. Between groups the kernel compares only
    /// their weights, whatever the niceness of what is in them. Without a group nothing is done.</summary>
    public static void Weigh(Guid machine, bool yields)
    {
        var (controller, file, value) = IsVersion2 ? ("", "cpu.weight", yields ? 3 : 100) : ("cpu", "cpu.shares", yields ? 32 : 1024);
        try
        {
            File.WriteAllText(Path.Combine(PathOf(controller, machine), file), value.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has no group, or ended: only speed is lost.
        }
    }

    /// <summary>Deletes the machine's group; its processes must have ended.</summary>
    public static void Remove(Guid machine)
    {
        foreach (var controller in IsVersion2 ? [""] : Version1)
        {
            try
            {
                Directory.Delete(PathOf(controller, machine));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Never made, or still has a dying thread: an empty group costs nothing and the next start removes it.
            }
        }
    }

    /// <summary>Deletes the groups of machines that are not in <paramref name="alive"/>.</summary>
    public static void RemoveOthers(IReadOnlySet<Guid> alive)
    {
        foreach (var parent in (IsVersion2 ? [""] : Version1).Select(controller => Path.Combine(Root, controller, Parent)).Where(Directory.Exists))
        {
            foreach (var name in Directory.EnumerateDirectories(parent).Select(Path.GetFileName))
            {
                if (Guid.TryParseExact(name, "N", out var machine) && !alive.Contains(machine) && IsEmpty(Path.Combine(parent, name!)))
                {
                    Remove(machine);
                }
            }
        }
    }

    private static bool IsEmpty(string group)
    {
        try
        {
            return File.ReadAllText(Path.Combine(group, "cgroup.procs")).Length == 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else removed it meanwhile, or may.
            return false;
        }
    }

    private static string PathOf(string controller, Guid machine) => Path.Combine(Root, controller, Parent, machine.ToString("N"));

    private static string Group(string controller, Guid machine) => Directory.CreateDirectory(PathOf(controller, machine)).FullName;

    private static void Try(string what, List<string> missing, Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            missing.Add(what);
        }
    }
}
