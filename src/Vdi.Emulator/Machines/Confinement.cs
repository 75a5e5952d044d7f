namespace Vdi.Emulator.Machines;

/// <summary>What the kernel says of a QEMU's confinement (proc(5), /proc/PID/status).</summary>
public sealed record Confinement(int Uid, bool Seccomp, bool NoNewPrivileges)
{
    /// <summary>Whether this process may drop machines to users of their own.</summary>
    public static bool CanDropUser => Environment.IsPrivilegedProcess;

    public static Confinement Read(int pid)
    {
        var lines = File.ReadAllLines($"/proc/{pid}/status")
            .Select(line => line.Split(':', 2))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1].Trim());
        return new Confinement(int.Parse(lines["Uid"].Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture), lines["Seccomp"] == "2", lines["NoNewPrivs"] == "1");
    }

    /// <summary>Throws unless the process runs as <paramref name="uid"/> (null: as ourselves) under seccomp without new privileges.</summary>
    public static void Demand(int pid, int? uid)
    {
        var actual = Read(pid);
        if (!actual.Seccomp || !actual.NoNewPrivileges || (uid is { } wanted && actual.Uid != wanted))
        {
            throw new MachineException($"QEMU is not confined as demanded (uid {actual.Uid}, seccomp {actual.Seccomp}, no new privileges {actual.NoNewPrivileges}); the machine is not served");
        }
    }
}
