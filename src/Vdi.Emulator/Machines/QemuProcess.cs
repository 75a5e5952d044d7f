using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vdi.Emulator.Machines;

/// <summary>A running QEMU, known by process id and start time (clock ticks since boot), so that a recycled id is not mistaken for it.
/// It has its own session and outlives this process.</summary>
public sealed record QemuProcess(int Pid, long StartTicks)
{
    private const int SigTerm = 15;
    private const int SigKill = 9;
    private static readonly TimeSpan EndDeadline = TimeSpan.FromSeconds(10);

    /// <summary>The descriptors under which QEMU finds its listening sockets.</summary>
    internal const int QmpDescriptor = 3;
    internal const int AgentDescriptor = 4;
    internal const int VdAgentDescriptor = 5;

    /// <summary>QEMU does nothing with it: it only keeps its user taken by holding it open.</summary>
    private const int UserDescriptor = 6;

    /// <summary>The tap of a machine that has its network card from the start.</summary>
    internal const int TapDescriptor = 7;

    /// <summary>The line to the TPM of a machine that has one.</summary>
    internal const int TpmDescriptor = 8;
    internal const int AppDescriptor = 9;

    public bool IsAlive
    {
        get
        {
            if (ReadStat(Pid) is not { } stat || stat.StartTicks != StartTicks)
            {
                return false;
            }

            return stat.State is not ('Z' or 'X') || !PosixSpawn.Reap(Pid);
        }
    }

    /// <summary>This process.</summary>
    internal static QemuProcess Current { get; } = new(Environment.ProcessId, ReadStat(Environment.ProcessId)?.StartTicks ?? 0);

    /// <summary>How long its main thread has been ready to run without a processor to run on, since it began
    /// (docs.kernel.org scheduler/sched-stats, /proc/PID/schedstat, second field).</summary>
    public TimeSpan WaitedForCpu
    {
        get
        {
            try
            {
                return TimeSpan.FromMicroseconds(long.Parse(File.ReadAllText($"/proc/{Pid}/schedstat").Split(' ')[1], CultureInfo.InvariantCulture) / 1000.0);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return TimeSpan.Zero;
            }
        }
    }

    /// <summary>Every QEMU whose command line names a file under <paramref name="folder"/>: also those that no record tells of.</summary>
    internal static IEnumerable<QemuProcess> FindUsing(string folder)
    {
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var pid) && Uses(pid, folder) && ReadStat(pid) is { } stat)
            {
                yield return new QemuProcess(pid, stat.StartTicks);
            }
        }
    }

    /// <summary>Starts QEMU in <paramref name="folder"/>: sockets qmp, agent, vdagent and app are made here, in a folder that QEMU's user
    /// cannot write, and inherited as descriptors; what it prints goes to the file log.</summary>
    /// <param name="userLock">What holds <paramref name="uid"/>, see <see cref="MachineUsers"/>.</param>
    /// <param name="tap">Null for a machine that gets its network card later, or a card without one.</param>
    internal static QemuProcess Start(string folder, int? uid, SafeHandle? userLock, IReadOnlyList<string> arguments, SafeHandle? tap = null, SafeHandle? tpm = null)
    {
        using var qmp = Listen(Path.Combine(folder, "qmp"));
        using var agent = Listen(Path.Combine(folder, "agent"));
        using var vdagent = Listen(Path.Combine(folder, "vdagent"));
        using var app = Listen(Path.Combine(folder, "app"));
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Read);
        using var log = File.OpenHandle(Path.Combine(folder, "log"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        var descriptors = new Dictionary<int, SafeHandle>
        {
            [0] = nothing,
            [1] = log,
            [2] = log,
            [QmpDescriptor] = qmp.SafeHandle,
            [AgentDescriptor] = agent.SafeHandle,
            [VdAgentDescriptor] = vdagent.SafeHandle,
            [AppDescriptor] = app.SafeHandle,
        };
        if (userLock is not null)
        {
            descriptors[UserDescriptor] = userLock;
        }

        if (tap is not null)
        {
            descriptors[TapDescriptor] = tap;
        }

        if (tpm is not null)
        {
            descriptors[TpmDescriptor] = tpm;
        }

        // dup2 in the child must not overwrite a source that a later one needs: move all sources above the targets first.
        var moved = descriptors.ToDictionary(d => d.Key, d => (SafeHandle)Duplicate(d.Value));
        try
        {
            string[] command = uid is { } id
                ? ["--reuid", Text(id), "--regid", Text(id), "--clear-groups", "--no-new-privs", "--", QemuBinary.Path, .. arguments]
                : ["--no-new-privs", "--", QemuBinary.Path, .. arguments];
            var pid = PosixSpawn.Start("/usr/bin/setpriv", command, moved);
            return new QemuProcess(pid, ReadStat(pid)?.StartTicks ?? 0);
        }
        finally
        {
            foreach (var handle in moved.Values)
            {
                handle.Dispose();
            }
        }
    }

    /// <summary>A machine that nobody looks at gives way to those that somebody does, and to new forks. Where the kernel groups
    /// sessions (autogroup), the group's value is what counts. Without root a value cannot be lowered again, so nothing is done.</summary>
    public void YieldToOthers(bool yield)
    {
        if (!Environment.IsPrivilegedProcess || !IsAlive)
        {
            return;
        }

        var nice = yield ? 15 : 0;
        try
        {
            foreach (var thread in Directory.EnumerateDirectories($"/proc/{Pid}/task"))
            {
                PosixSpawn.SetNice(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), nice);
            }

            if (File.Exists($"/proc/{Pid}/autogroup"))
            {
                File.WriteAllText($"/proc/{Pid}/autogroup", nice.ToString(CultureInfo.InvariantCulture));
            }
        }
        catch (IOException)
        {
            // The process ended meanwhile, or the kernel limits how often the group's value may change: only speed is lost.
        }
    }

    public void Terminate() => SignalIfAlive(SigTerm);

    public void Kill() => SignalIfAlive(SigKill);

    /// <summary>Kills it and waits until it is gone; only then are its files nobody's.</summary>
    public async Task EndAsync(CancellationToken stop)
    {
        Kill();
        if (!await WaitForExitAsync(EndDeadline, stop))
        {
            throw new MachineException($"QEMU process {Pid} did not end within {EndDeadline.TotalSeconds:0} s of SIGKILL");
        }
    }

    /// <summary>Waits until the process is gone; false when <paramref name="deadline"/> passes first.</summary>
    public async Task<bool> WaitForExitAsync(TimeSpan deadline, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(deadline);
        while (IsAlive)
        {
            try
            {
                await Task.Delay(10, limit.Token);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                return !IsAlive;
            }
        }

        return true;
    }

    /// <summary>Memory that is its own and no file's, in MiB, of a process whose /proc/PID/status this is: QEMU's own, and of its
    /// guest's what was written since the fork (proc(5), RssAnon). 0 where it cannot be read.</summary>
    internal static long ReadPrivateMiB(string status)
    {
        try
        {
            return File.ReadLines(status).FirstOrDefault(line => line.StartsWith("RssAnon:", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kib, ..]
                && long.TryParse(kib, CultureInfo.InvariantCulture, out var number)
                ? number / 1024
                : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private void SignalIfAlive(int signal)
    {
        if (IsAlive)
        {
            PosixSpawn.Signal(Pid, signal);
        }
    }

    private static bool Uses(int pid, string folder)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            return words[0].EndsWith("qemu-system-x86_64", StringComparison.Ordinal) && words.Any(word => word.Contains(folder + "/", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>State letter and start time from /proc/PID/stat (proc(5), fields 3 and 22).</summary>
    private static (char State, long StartTicks)? ReadStat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Socket Listen(string path)
    {
        File.Delete(path);
        File.Delete(path + ".new");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path + ".new"));
        File.SetUnixFileMode(path + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        socket.Listen(4);

        // The framework deletes the file that it bound when the socket is disposed; QEMU goes on listening under the final name.
        File.Move(path + ".new", path);
        return socket;
    }

    private static SafeFileHandle Duplicate(SafeHandle handle)
    {
        var copy = Fcntl.DuplicateAbove((int)handle.DangerousGetHandle(), 64);
        return new SafeFileHandle(copy, ownsHandle: true);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
