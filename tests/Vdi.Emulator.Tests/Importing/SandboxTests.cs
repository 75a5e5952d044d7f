using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Vdi.Emulator.Importing;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Tests.Networks;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Importing;

/// <summary>What a tool could do that fell to the file it reads: a shell in its place tries.</summary>
public sealed class SandboxTests : IDisposable
{
    private static readonly SandboxLimits Limits = new(512 << 20, 1 << 20, TimeSpan.FromSeconds(30));
    private readonly DiskFiles _files = new();
    private readonly MachineUsers _users = new();
    private readonly int? _uid;

    public SandboxTests()
    {
        _uid = _users.Take();
        foreach (var name in (string[])["input", "output"])
        {
            File.WriteAllText(_files[name], name);
            FileOwner.Give(_files[name], _uid);
        }
    }

    [Theory]
    [InlineData("cat /in/0", "input")]
    [InlineData("cat /in/0 >/out/disk && cat /out/disk", "input")]
    [InlineData("echo /* /in/* /out/* /dev/*", "/bin /dev /in /lib /lib64 /out /usr /in/0 /out/disk /dev/null\n")]
    [InlineData("cat /etc/shadow || echo no", "no\n")]
    [InlineData("cat /proc/1/environ || echo no", "no\n")]
    [InlineData("echo x >/in/0 || echo no", "no\n")]
    [InlineData("rm -f /in/0 || echo no", "no\n")]
    [InlineData("echo x >/x || echo no", "no\n")]
    [InlineData("echo x >/dev/x || echo no", "no\n")]
    [InlineData("echo x >/usr/x || echo no", "no\n")]
    [InlineData("chmod 777 / || echo no", "no\n")]
    [InlineData("unshare -U true || echo no", "no\n")]
    [InlineData("mount -t tmpfs none /out || echo no", "no\n")]
    [InlineData("setpriv --reuid 0 true 2>/dev/null || echo no", "no\n")]
    [InlineData("setpriv --dump | grep -E 'no_new_privs|bounding'", "no_new_privs: 1\nCapability bounding set: [none]\n")]
    [InlineData("env | sort", "MALLOC_ARENA_MAX=1\nPATH=/usr/bin\nPWD=/\n")]
    [InlineData("ls /proc/self/fd || echo no", "no\n")]
    [InlineData("nice", "15\n")]
    public async Task Shell_in_it_has_what_it_was_given_and_nothing_else(string script, string said) => Assert.Equal(said, (await RunAsync(script)).Output);

    [Theory]
    [InlineData("ulimit -v", "524288\n")]
    [InlineData("ulimit -t", "30\n")]
    [InlineData("ulimit -n", "64\n")]
    [InlineData("ulimit -c", "0\n")]
    [InlineData("ulimit -f", "2048\n")]
    public async Task Limits_hold(string script, string said) => Assert.Equal(said, (await RunAsync(script)).Output);

    [Fact]
    public async Task File_that_grows_too_long_ends_its_writer()
    {
        var end = await RunAsync("exec yes >/out/disk");
        Assert.Equal(128 + 25, end.Code);
        Assert.Equal(Limits.FileBytes, new FileInfo(_files["output"]).Length);
    }

    [Fact]
    public async Task Memory_beyond_the_limit_is_not_had() => Assert.NotEqual(0, (await RunAsync("dd if=/in/0 of=/dev/null bs=600M")).Code);

    [RootFact]
    public async Task It_is_a_user_of_its_own_inside_and_outside()
    {
        var end = await RunAsync("id -u; id -g; id -G");
        Assert.Equal($"{_uid}\n{_uid}\n{_uid}\n", end.Output);
        var (running, uid) = (RunAsync("sleep 3.75"), _uid!.Value.ToString(CultureInfo.InvariantCulture));
        await Eventually.HoldsAsync(() => Task.FromResult(Sleeping("3.75") is { } pid && File.ReadLines($"/proc/{pid}/status").Any(line => line.StartsWith($"Uid:\t{uid}\t{uid}", StringComparison.Ordinal))), "the sandbox runs as its user");
        await running;
    }

    [RootFact]
    public async Task Another_uploads_file_is_not_reached()
    {
        var other = _files["other"];
        await File.WriteAllTextAsync(other, "secret");
        FileOwner.Hold(other);
        Assert.Equal("no\n", (await RunAsync($"cat {other} || echo no")).Output);

        // Not even where it is put into the sandbox.
        var end = await new Sandbox(_uid).RunAsync(["/bin/sh", "-c", "cat /in/1 || echo no"], [_files["input"], other], null, Limits, null, default);
        Assert.Equal("no\n", end.Output);
    }

    [Fact]
    public async Task There_is_no_network()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using (var reached = new TcpClient())
        {
            await reached.ConnectAsync(IPAddress.Loopback, port);
        }

        var end = await new Sandbox(_uid).RunAsync(["/usr/bin/bash", "-c", $"exec 3<>/dev/tcp/127.0.0.1/{port} && echo reached || echo no"], [], null, Limits, null, default);
        Assert.Equal("no\n", end.Output);
    }

    [Fact]
    public async Task Deadline_ends_all_that_was_started()
    {
        var failure = await Assert.ThrowsAsync<MachineException>(() => new Sandbox(_uid).RunAsync(["/bin/sh", "-c", "sleep 301.5 & setsid sleep 301.5 & sleep 301.5"], [], null, Limits with { Time = TimeSpan.FromSeconds(1) }, null, default));
        Assert.Contains("did not end within 1 s", failure.Message, StringComparison.Ordinal);
        Assert.Null(Sleeping("301.5"));
    }

    [Fact]
    public async Task Nobody_waits_any_more_and_all_is_ended()
    {
        using var stop = new CancellationTokenSource();
        var running = new Sandbox(_uid).RunAsync(["/bin/sh", "-c", "sleep 302.5 & sleep 302.5"], [], null, Limits, null, stop.Token);
        await Eventually.HoldsAsync(() => Task.FromResult(Sleeping("302.5") is not null), "the tool runs");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Null(Sleeping("302.5"));
    }

    [Fact]
    public async Task It_ends_with_the_process_that_started_it()
    {
        var line = string.Join(' ', new Sandbox(_uid).CommandLine(["/bin/sh", "-c", "sleep 303.5 & sleep 303.5"], [], null, Limits).Select(word => $"'{word}'"));
        using var host = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{line}; true"]))!;
        await Eventually.HoldsAsync(() => Task.FromResult(Sleeping("303.5") is not null), "the tool runs");
        host.Kill();
        await Eventually.HoldsAsync(() => Task.FromResult(Sleeping("303.5") is null), "the tool ended");
    }

    [Fact]
    public async Task Folder_that_is_closed_is_a_reason()
    {
        var failure = await Record.ExceptionAsync(() => new Sandbox(_uid).RunAsync(["/bin/true"], ["/nowhere/at/all"], null, Limits, null, default));
        Assert.Contains("opened safely", Assert.IsType<MachineException>(failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_without_end_are_cut()
    {
        var end = await RunAsync("yes | head -c 3000000; yes no | head -c 500000 >&2; exit 7");
        Assert.Equal(7, end.Code);
        Assert.Equal(1 << 20, end.Output.Length);
        Assert.Equal(4096, end.Errors.Length);
    }

    [Fact]
    public async Task Tool_that_complains_without_end_is_ended()
    {
        var failure = await Assert.ThrowsAsync<MachineException>(() => RunAsync("exec yes no >&2"));
        Assert.Contains("without end", failure.Message, StringComparison.Ordinal);
        Assert.True(failure.Message.Length < 700);
    }

    public void Dispose()
    {
        _users.Return(_uid);
        _files.Dispose();
    }

    private Task<SandboxEnd> RunAsync(string script) => new Sandbox(_uid).RunAsync(["/bin/sh", "-c", script], [_files["input"]], _files["output"], Limits, null, default);

    /// <summary>A process that sleeps so long.</summary>
    private static string? Sleeping(string seconds) => Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).FirstOrDefault(pid =>
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline") == $"sleep\0{seconds}\0";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });
}
