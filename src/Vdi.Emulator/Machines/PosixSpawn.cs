using System.Runtime.InteropServices;

namespace Vdi.Emulator.Machines;

/// <summary>Starts a program with chosen descriptors and its own session, and nothing else inherited (posix_spawn(3)).
/// The framework's Process cannot pass descriptors and its children do not outlive it cleanly.</summary>
internal static unsafe partial class PosixSpawn
{
    private const short SetSigDefault = 0x04;
    private const short SetSigMask = 0x08;
    private const short SetSid = 0x80;

    /// <param name="descriptors">Descriptor in this process for each number in the child.</param>
    public static int Start(string path, IReadOnlyList<string> arguments, IReadOnlyDictionary<int, SafeHandle> descriptors)
    {
        // glibc on x86-64: posix_spawn_file_actions_t 80 bytes, posix_spawnattr_t 336, sigset_t 128; more room is harmless.
        var actions = stackalloc byte[128];
        var attributes = stackalloc byte[512];
        var allSignals = stackalloc byte[128];
        var noSignals = stackalloc byte[128];
        Check(posix_spawn_file_actions_init(actions), "file_actions_init");
        Check(posix_spawnattr_init(attributes), "attr_init");
        var argv = new nint[arguments.Count + 2];
        nint environment = Marshal.StringToCoTaskMemUTF8("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
        var held = new List<SafeHandle>();
        try
        {
            foreach (var (number, handle) in descriptors)
            {
                var added = false;
                handle.DangerousAddRef(ref added);
                held.Add(handle);
                Check(posix_spawn_file_actions_adddup2(actions, (int)handle.DangerousGetHandle(), number), "adddup2");
            }

            _ = sigfillset(allSignals);
            _ = sigemptyset(noSignals);
            Check(posix_spawnattr_setsigdefault(attributes, allSignals), "setsigdefault");
            Check(posix_spawnattr_setsigmask(attributes, noSignals), "setsigmask");
            Check(posix_spawnattr_setflags(attributes, SetSigDefault | SetSigMask | SetSid), "setflags");

            argv[0] = Marshal.StringToCoTaskMemUTF8(path);
            for (var i = 0; i < arguments.Count; i++)
            {
                argv[i + 1] = Marshal.StringToCoTaskMemUTF8(arguments[i]);
            }

            var environ = stackalloc nint[2];
            environ[0] = environment;
            environ[1] = 0;
            fixed (nint* argvPointer = argv)
            {
                Check(posix_spawn(out var pid, path, actions, attributes, argvPointer, environ), path);
                return pid;
            }
        }
        finally
        {
            held.ForEach(handle => handle.DangerousRelease());
            Array.ForEach(argv, Marshal.FreeCoTaskMem);
            Marshal.FreeCoTaskMem(environment);
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
        }
    }

    /// <summary>Takes the exit status of a child that ended, so that it does not stay a zombie. False while other threads of it are
    /// still ending: until then it holds its files. A foreign process is its parent's business: true.</summary>
    public static bool Reap(int pid) => waitpid(pid, null, 1 /* WNOHANG */) != 0;

    /// <summary>The exit code of a child that ended, 128 and the signal's number where one ended it (wait(2)); null while it runs.</summary>
    public static int? ExitOf(int pid)
    {
        int status;
        return waitpid(pid, &status, 1 /* WNOHANG */) == 0 ? null : (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
    }

    public static void Signal(int pid, int signal) => _ = kill(pid, signal);

    /// <summary>Sets the nice value of one thread (setpriority(2), PRIO_PROCESS takes a thread id on Linux).</summary>
    public static void SetNice(int thread, int nice) => _ = setpriority(0, thread, nice);

    private static void Check(int result, string what)
    {
        if (result != 0)
        {
            throw new IOException($"posix_spawn: {what} failed with errno {result}");
        }
    }

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(byte* actions, int from, int to);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* signals);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigmask(byte* attributes, byte* signals);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int sigfillset(byte* set);

    [LibraryImport("libc")]
    private static partial int sigemptyset(byte* set);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn(out int pid, string path, byte* actions, byte* attributes, nint* argv, nint* environment);

    [LibraryImport("libc")]
    private static partial int setpriority(int which, int who, int nice);

    [LibraryImport("libc")]
    private static partial int waitpid(int pid, int* status, int options);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
