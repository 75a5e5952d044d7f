using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Importing;

/// <summary>Runs a tool over a file that somebody hostile may have made, so that a tool that falls to it gains nothing: namespaces of its own
/// (bubblewrap, bwrap(1)) in which there is /usr to read, the input to read, the output to write and nothing else, neither network nor /proc; a
/// user of its own where this process is root, no capabilities and no way to new ones, and limits (setrlimit(2)).
/// The input is /in/0 there, further ones /in/1 and so on; the output is /out/disk.</summary>
/// <param name="uid">Who it shall be; must be able to read the inputs, pass their folders and write the output. Null: this process's user.</param>
internal sealed class Sandbox(int? uid)
{
    public const string Output = "/out/disk";
    private const string Bubblewrap = "/usr/bin/bwrap";

    /// <summary>The same niceness that machines have which nobody looks at.</summary>
    private const int Nice = 15;
    private const int MaxFiles = 64;

    /// <summary>Processes and threads of the user: qemu-img has up to 64 for its files.</summary>
    private const int MaxThreads = 128;

    /// <summary>Each thread's, and so part of the address space.</summary>
    private const int StackBytes = 1 << 20;
    private const int MaxOutput = 1 << 20;
    private const int MaxErrors = 4096;

    /// <summary>A tool that complains for longer is ended: a file can make it go on for hours.</summary>
    private const int MaxComplaints = 1 << 20;
    private static readonly string[] Tools = [Bubblewrap, "/usr/bin/setpriv", "/usr/bin/prlimit", "/usr/bin/nice"];

    public static string Input(int index) => string.Create(CultureInfo.InvariantCulture, $"/in/{index}");

    /// <summary>Runs the program to its end, or ends it with all that it started: at the deadline, when nobody waits any more, and when this
    /// process ends. Nothing of it is left when the task is over.</summary>
    /// <param name="heard">Gets what it says instead of <see cref="SandboxEnd.Output"/>.</param>
    /// <exception cref="MachineException">When it could not be locked in, did not end in time, or complained without end.</exception>
    public async Task<SandboxEnd> RunAsync(IReadOnlyList<string> command, IReadOnlyList<string> inputs, string? output, SandboxLimits limits, ToolProgress? heard, CancellationToken stop)
    {
        if (Tools.FirstOrDefault(tool => !File.Exists(tool)) is { } missing)
        {
            throw new MachineException($"{missing} is not installed, so nothing that was uploaded can be opened safely: run deploy/up, or install bubblewrap, util-linux and coreutils");
        }

        stop.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo(Tools[^1], CommandLine(command, inputs, output, limits).Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        using var process = new Process { StartInfo = start };
        var ended = await StartAsync(process);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(limits.Time);
        await using var kill = limit.Token.Register(process.Kill);
        process.StandardInput.Close();

        // They end when the last process that holds them does, so then none is left that could write.
        var (said, complained) = (ReadOutputAsync(process.StandardOutput, heard), ReadErrorsAsync(process.StandardError, process.Kill));
        await Task.WhenAll(said, complained, ended);
        stop.ThrowIfCancellationRequested();
        if (limit.IsCancellationRequested)
        {
            throw new MachineException($"{Path.GetFileName(command[0])} did not end within {limits.Time.TotalSeconds:0} s: the disk is slow or hangs, or the file is made to take long");
        }

        var (errors, tooMany) = await complained;
        if (tooMany)
        {
            throw new MachineException($"{Path.GetFileName(command[0])} finds fault with the file without end: it is damaged, or made to harm ({PeerText.Tail(errors.Trim())})");
        }

        return process.ExitCode != 0 && Tools.Any(tool => errors.StartsWith($"{Path.GetFileName(tool)}: ", StringComparison.Ordinal))
            ? throw new MachineException($"Nothing that was uploaded can be opened safely on this computer ({PeerText.Tail(errors.Trim())}): it must allow user namespaces (sysctl user.max_user_namespaces and kernel.unprivileged_userns_clone; in a container it must be permitted there), and the state folder must be one that every user can pass")
            : new SandboxEnd(process.ExitCode, await said, errors);
    }

    /// <summary>The whole command line, the program first.</summary>
    internal IReadOnlyList<string> CommandLine(IReadOnlyList<string> command, IReadOnlyList<string> inputs, string? output, SandboxLimits limits)
    {
        List<string> line = [Tools[^1], "-n", Text(Nice)];
        if (uid is { } id)
        {
            line.AddRange(["/usr/bin/setpriv", "--reuid", Text(id), "--regid", Text(id), "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"]);
        }

        line.AddRange(
        [
            "/usr/bin/prlimit", $"--as={Text(limits.MemoryBytes)}", $"--fsize={Text(limits.FileBytes)}", $"--cpu={Text((long)Math.Ceiling(limits.Time.TotalSeconds))}", $"--nofile={MaxFiles}", $"--stack={StackBytes}", "--core=0",
        ]);
        if (uid is not null)
        {
            // Somebody's own user has other processes, which would count.
            line.Add($"--nproc={MaxThreads}");
        }

        line.AddRange(
        [
            "--", Bubblewrap, "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
            "--clearenv", "--setenv", "PATH", "/usr/bin",

            // One heap for all threads: each of its own would reserve 64 MiB of address space.
            "--setenv", "MALLOC_ARENA_MAX", "1",
            "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--symlink", "usr/bin", "/bin",
            "--dev-bind", "/dev/null", "/dev/null",
        ]);
        for (var i = 0; i < inputs.Count; i++)
        {
            line.AddRange(["--ro-bind", inputs[i], Input(i)]);
        }

        if (output is not null)
        {
            line.AddRange(["--bind", output, Output]);
        }

        // What was made for these to be mounted on is memory, which nobody shall fill.
        return [.. line, "--chdir", "/", "--remount-ro", "/", "--", .. command];
    }

    /// <summary>Starts it on a thread that stays until it has ended: the kernel ends what dies with its parent when the thread ends that
    /// started it (prctl(2), PR_SET_PDEATHSIG), and those of the pool come and go.</summary>
    private static async Task<Task> StartAsync(Process process)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    process.Start();
                }
                catch (Win32Exception e)
                {
                    started.SetException(new MachineException($"{process.StartInfo.FileName} could not be started", e));
                    return;
                }

                started.SetResult();
                process.WaitForExit();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await started.Task;
        return ended;
    }

    private static async Task<string> ReadOutputAsync(StreamReader reader, ToolProgress? heard)
    {
        var (text, buffer) = (new StringBuilder(), new char[4096]);
        while (await reader.ReadAsync(buffer) is > 0 and var length)
        {
            heard?.Hear(buffer.AsSpan(0, length));
            text.Append(buffer, 0, heard is null ? Math.Min(length, MaxOutput - text.Length) : 0);
        }

        return text.ToString();
    }

    private static async Task<(string Last, bool TooMany)> ReadErrorsAsync(StreamReader reader, Action end)
    {
        var (text, buffer, all) = (new StringBuilder(), new char[MaxErrors], 0L);
        while (await reader.ReadAsync(buffer) is > 0 and var length)
        {
            text.Append(buffer, 0, length);
            text.Remove(0, Math.Max(0, text.Length - MaxErrors));
            all += length;
            if (all > MaxComplaints)
            {
                end();
            }
        }

        return (text.ToString(), all > MaxComplaints);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
