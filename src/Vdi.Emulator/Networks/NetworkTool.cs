using System.ComponentModel;
using System.Diagnostics;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Networks;

/// <summary>Runs ip, nft and the like. Arguments are passed one by one: no shell reads them.</summary>
internal static class NetworkTool
{
    private static readonly string[] Folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>The tools that networks with the internet need, and the Debian packages they are in.</summary>
    public static IReadOnlyDictionary<string, string> Needed { get; } = new Dictionary<string, string>
    {
        ["ip"] = "iproute2",
        ["nft"] = "nftables",
        ["dnsmasq"] = "dnsmasq-base",
        ["setpriv"] = "util-linux",
        ["tee"] = "coreutils",
    };

    public static string? Find(string tool) => Folders.Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);

    /// <summary>Its output; a failure throws with the tool's own words.</summary>
    public static async Task<string> RunAsync(string tool, string[] arguments, string? input, CancellationToken stop)
    {
        var (code, output, errors) = await TryRunAsync(tool, arguments, input, stop);
        return code == 0 ? output : throw new MachineException($"{tool} {string.Join(' ', arguments)} failed: {Words(errors)}");
    }

    public static async Task<(int Code, string Output, string Errors)> TryRunAsync(string tool, string[] arguments, string? input, CancellationToken stop)
    {
        var path = Find(tool) ?? throw new MachineException($"{tool} is not installed; install {Needed.GetValueOrDefault(tool, tool)}");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Deadline);
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(limit.Token);
                var errors = process.StandardError.ReadToEndAsync(limit.Token);
                try
                {
                    await process.StandardInput.WriteAsync((input ?? "").AsMemory(), limit.Token);
                    process.StandardInput.Close();
                }
                catch (IOException)
                {
                    // It ended without reading; its exit code and words say why.
                }

                await process.WaitForExitAsync(limit.Token);
                return (process.ExitCode, await output, await errors);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                stop.ThrowIfCancellationRequested();
                throw new MachineException($"{tool} {string.Join(' ', arguments)} did not end within {Deadline.TotalSeconds:0} s");
            }
        }
        catch (Win32Exception e)
        {
            throw new MachineException($"{path} could not be started", e);
        }
    }

    private static string Words(string errors) => errors.Trim() is { Length: > 0 } words ? words[..Math.Min(words.Length, 600)] : "it does not say why";
}
