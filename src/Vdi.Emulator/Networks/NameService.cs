using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Networks;

/// <summary>dnsmasq in a pool's namespace: addresses by DHCP for known MACs only, and names. It has a user of its own, may only use the
/// network, outlives this process, and is known by process id and start time.</summary>
internal sealed class NameService(string folder)
{
    /// <summary>User of every dnsmasq (free by Debian policy 9.2.2, like the machines').</summary>
    private const int Uid = 60998;
    private const string Capabilities = "-all,+net_admin,+net_raw,+net_bind_service";
    private const int SigHup = 1;

    /// <summary>One file for each machine.</summary>
    public string Machines { get; } = Path.Combine(folder, "machines");

    private string Servers => Path.Combine(folder, "servers");

    private string RecordFile => Path.Combine(folder, "dnsmasq.json");

    public bool IsAlive => Process() is { IsAlive: true };

    /// <summary>Which resolvers answer; takes effect at once where it runs already.</summary>
    public void SetResolvers(IReadOnlyList<IPAddress> resolvers)
    {
        var text = string.Concat(resolvers.Select(resolver => $"server={resolver}\n"));
        if (!File.Exists(Servers) || File.ReadAllText(Servers) != text)
        {
            File.WriteAllText(Servers + ".new", text);
            File.SetUnixFileMode(Servers + ".new", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            File.Move(Servers + ".new", Servers, overwrite: true);
            Reload();
        }
    }

    /// <summary>Makes it forget machines that are gone.</summary>
    public void Reload()
    {
        if (Process() is { IsAlive: true } process)
        {
            PosixSpawn.Signal(process.Pid, SigHup);
        }
    }

    /// <summary>Starts it in <paramref name="names"/>' namespace unless it runs.</summary>
    public async Task EnsureAsync(PoolNames names, PoolSubnet subnet, CancellationToken stop)
    {
        if (IsAlive)
        {
            return;
        }

        var id = Uid.ToString(CultureInfo.InvariantCulture);
        var log = Path.Combine(folder, "dnsmasq.log");
        string[] arguments =
        [
            "netns", "exec", names.Namespace,
            NetworkTool.Find("setpriv")!, "--reuid", id, "--regid", id, "--clear-groups", "--no-new-privs",
            "--inh-caps", Capabilities, "--ambient-caps", Capabilities, "--bounding-set", Capabilities, "--",
            NetworkTool.Find("dnsmasq")!, "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file", "--log-facility=-", "--quiet-dhcp",
            $"--interface={NetworkRules.Bridge}", "--except-interface=lo", "--bind-interfaces",
            "--no-hosts", "--no-resolv", "--no-poll", $"--servers-file={Servers}", "--domain-needed", "--cache-size=2000",
            $"--dhcp-range={subnet.Network.BaseAddress},static,{Mask(subnet)},1h", $"--dhcp-hostsdir={Machines}", "--dhcp-ignore=tag:!known",
            "--dhcp-ignore-clid", "--dhcp-authoritative", "--dhcp-rapid-commit", "--no-ping", "--leasefile-ro",
            $"--dhcp-option=option:router,{subnet.Gateway}", $"--dhcp-option=option:dns-server,{subnet.Gateway}",
        ];
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using (var words = File.OpenHandle(log, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            var pid = PosixSpawn.Start(NetworkTool.Find("ip")!, arguments, new Dictionary<int, SafeHandle> { [0] = nothing, [1] = words, [2] = words });
            var process = new QemuProcess(pid, StartTicks(pid));
            File.WriteAllBytes(RecordFile, JsonSerializer.SerializeToUtf8Bytes(process));
        }

        // It says why in its first moment or not at all; a guest asks a second after its card came.
        var name = Process()!;
        for (var waited = 0; waited < 50 && name.IsAlive && !IsDnsmasq(name.Pid); waited++)
        {
            await Task.Delay(10, stop);
        }

        await Task.Delay(30, stop);
        if (!name.IsAlive)
        {
            throw new MachineException($"dnsmasq did not start: {File.ReadAllText(log).Trim()}");
        }
    }

    public async Task StopAsync()
    {
        if (Process() is { } process)
        {
            process.Terminate();
            if (!await process.WaitForExitAsync(TimeSpan.FromSeconds(3), CancellationToken.None))
            {
                process.Kill();
                await process.WaitForExitAsync(TimeSpan.FromSeconds(3), CancellationToken.None);
            }

            File.Delete(RecordFile);
        }
    }

    private QemuProcess? Process()
    {
        try
        {
            return JsonSerializer.Deserialize<QemuProcess>(File.ReadAllBytes(RecordFile));
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    private static bool IsDnsmasq(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").Trim() == "dnsmasq";
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Start time in clock ticks since boot: field 22 of /proc/PID/stat (proc(5)).</summary>
    private static long StartTicks(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return long.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string Mask(PoolSubnet subnet) => new IPAddress(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(uint.MaxValue << (32 - subnet.Network.PrefixLength))).ToString();
}
