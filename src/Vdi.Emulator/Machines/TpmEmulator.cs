using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Machines;

/// <summary>The TPM 2.0 of one machine: a swtpm process of the machine's user, on a line that only its QEMU has, and which ends with it. A
/// fork's has the template's state, which comes with the saved devices (QEMU docs/specs/tpm, "The QEMU TPM emulator device").</summary>
internal static class TpmEmulator
{
    private const string Program = "/usr/bin/swtpm";
    private const int LineDescriptor = 3;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>The name of the state's file in swtpm's folder (swtpm(8), --tpmstate).</summary>
    private const string StateFile = "tpm2-00.permall";

    /// <summary>The longest state that is taken from a machine; swtpm's is some KiB.</summary>
    private const long MaxState = 1 << 20;

    public static string FolderIn(string folder) => Path.Combine(folder, "tpm");

    public static string StateIn(string folder) => Path.Combine(FolderIn(folder), StateFile);

    /// <summary>Whether what a machine's TPM left can be an image's.</summary>
    public static bool HasState(string folder) => new FileInfo(StateIn(folder)) is { Exists: true, LinkTarget: null, Length: > 0 and <= MaxState };

    /// <summary>Makes the folder of a new machine's TPM.</summary>
    /// <param name="from">The state to begin with; null for a TPM that begins anew, or gets its state with the devices'.</param>
    public static void Make(string folder, int? uid, string? from)
    {
        if (!File.Exists(Program))
        {
            throw new MachineException($"{Program} is not installed: install the package swtpm, or run deploy/up");
        }

        Directory.CreateDirectory(FolderIn(folder), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (from is not null)
        {
            File.Copy(from, StateIn(folder));
            FileOwner.Give(StateIn(folder), uid);
        }

        FileOwner.GiveFolder(FolderIn(folder), uid);
    }

    /// <summary>Makes the folder of a machine's TPM anew for its user.</summary>
    /// <param name="from">The state to begin with where there is none.</param>
    /// <param name="keep">Whether what it knows stays; else it gets its state with the devices'.</param>
    public static void Renew(string folder, int? uid, string? from, bool keep)
    {
        if (Directory.Exists(FolderIn(folder)) && keep && HasState(folder))
        {
            FileOwner.Give(StateIn(folder), uid);
            FileOwner.GiveFolder(FolderIn(folder), uid);
            foreach (var other in Directory.EnumerateFiles(FolderIn(folder)).Where(file => file != StateIn(folder)))
            {
                File.Delete(other);
            }

            return;
        }

        if (Directory.Exists(FolderIn(folder)))
        {
            Directory.Delete(FolderIn(folder), recursive: true);
        }

        Make(folder, uid, from);
    }

    /// <summary>Starts it and returns QEMU's end of its line.</summary>
    public static async Task<SafeHandle> StartAsync(string folder, int? uid, CancellationToken stop)
    {
        var (mine, theirs) = UnixSocket.Pair();
        using (theirs)
        {
            using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Read);
            using var log = File.OpenHandle(Path.Combine(folder, "log"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            using var line = new SafeFileHandle(Fcntl.DuplicateAbove((int)theirs.SafeHandle.DangerousGetHandle(), 64), ownsHandle: true);
            string[] drop = uid is { } id ? ["--reuid", $"{id}", "--regid", $"{id}", "--clear-groups", "--no-new-privs", "--"] : ["--no-new-privs", "--"];
            string[] program = [Program, "socket", "--tpm2", "--tpmstate", $"dir={FolderIn(folder)},mode=0600", "--ctrl", $"type=unixio,clientfd={LineDescriptor}", "--terminate", "--daemon"];
            var starter = PosixSpawn.Start("/usr/bin/setpriv", [.. drop, .. program], new Dictionary<int, SafeHandle> { [0] = nothing, [1] = log, [2] = log, [LineDescriptor] = line });

            // It goes on as a process of nobody's once it is ready.
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(Deadline);
            try
            {
                int? code;
                while ((code = PosixSpawn.ExitOf(starter)) is null)
                {
                    await Task.Delay(5, limit.Token);
                }

                if (code != 0)
                {
                    throw new MachineException($"The TPM's swtpm did not start ({code}): {QemuStart.LastWords(folder) ?? "it says nothing"}");
                }
            }
            catch (Exception e)
            {
                mine.Dispose();
                if (e is OperationCanceledException && !stop.IsCancellationRequested)
                {
                    PosixSpawn.Signal(starter, 9);
                    throw new MachineException($"The TPM's swtpm was not ready within {Deadline.TotalSeconds:0} s", e);
                }

                throw;
            }
        }

        var own = new SafeFileHandle(Fcntl.DuplicateAbove((int)mine.SafeHandle.DangerousGetHandle(), 64), ownsHandle: true);
        mine.Dispose();
        return own;
    }

    /// <summary>Waits until the swtpm of a machine that ended has ended, too; one that does not is killed. Only then are its files nobody's.</summary>
    public static async Task EndAsync(string folder, CancellationToken stop)
    {
        if (!Directory.Exists(FolderIn(folder)))
        {
            return;
        }

        for (var waited = 0; FindUsing(folder) is [_, ..] processes; waited++)
        {
            if (waited > 50)
            {
                processes.ForEach(process => PosixSpawn.Signal(process, 9));
            }

            await Task.Delay(10, stop);
        }
    }

    private static List<int> FindUsing(string folder)
    {
        var argument = $"dir={FolderIn(folder)},mode=0600";
        var found = new List<int>();
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var pid))
            {
                try
                {
                    var words = File.ReadAllText($"{entry}/cmdline").Split('\0');
                    if (words[0] == Program && words.Contains(argument))
                    {
                        found.Add(pid);
                    }
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // It ended meanwhile, or is somebody else's.
                }
            }
        }

        return found;
    }
}
