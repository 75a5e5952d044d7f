using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Images;

/// <summary>The recipes that images are built from (deploy/image): a folder each, with what they have in common beside them.</summary>
public sealed class RecipeBook(string folder)
{
    private static readonly string[] Shared = ["common", "lib"];

    private static readonly TimeSpan MirrorsDeadline = TimeSpan.FromSeconds(10);

    internal string Program => Path.Combine(folder, "build");

    public IReadOnlyList<string> Names =>
        Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder).Where(recipe => File.Exists(Path.Combine(recipe, "packages"))).Select(recipe => Path.GetFileName(recipe)).Where(name => !Shared.Contains(name)).Order()] : [];

    public IReadOnlyList<HostRecipe> All() => [.. Names.Select(name => new HostRecipe(name, HashOf(name)))];

    /// <summary>Changes with anything in the recipe, or in what all of them share.</summary>
    public string HashOf(string name)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var files = Shared.Append(name).Select(part => Path.Combine(folder, part)).Where(Directory.Exists).SelectMany(part => Directory.EnumerateFiles(part, "*", SearchOption.AllDirectories)).Append(Program);
        foreach (var file in files.Where(File.Exists).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal))
        {
            var content = File.ReadAllBytes(Path.Combine(folder, file));
            all.AppendData(Encoding.UTF8.GetBytes($"{file}\n{content.Length}\n"));
            all.AppendData(content);
        }

        return Convert.ToHexStringLower(all.GetHashAndReset())[..16];
    }

    /// <summary>What machines of the recipe are made of: its shell-style assignments say.</summary>
    internal ImageHardware HardwareOf(string name)
    {
        var values = File.ReadLines(Path.Combine(folder, name, "recipe")).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim());
        return new ImageHardware(Firmware.Kernel, GuestDrivers.Virtio, Tpm: false, GuestSystem.Linux, Agent: true, Number(values, "MEMORY_MIB", 1024), Number(values, "CPUS", 1));
    }

    /// <summary>Where this computer's apt has packages of Debian from, a line each: the archive, then that of security updates where known. Empty where apt
    /// knows none.</summary>
    internal async Task<string> MirrorsAsync(CancellationToken stop)
    {
        var program = Path.Combine(folder, "lib", "mirrors");
        if (!File.Exists(program))
        {
            return "";
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(MirrorsDeadline);
        using var process = Process.Start(new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var words = process.StandardError.ReadToEndAsync(limit.Token);
            var mirrors = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await words;
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? mirrors : "";
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            stop.ThrowIfCancellationRequested();
            throw new MachineException($"{program} did not end within {MirrorsDeadline.TotalSeconds:0} s");
        }
    }

    private static int Number(Dictionary<string, string> values, string name, int otherwise) =>
        values.TryGetValue(name, out var text) && int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
