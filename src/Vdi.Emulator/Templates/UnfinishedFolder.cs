using System.Globalization;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Templates;

/// <summary>The name of a template in the making: .building-PID-START-RANDOM, of the process that makes it and when that began, so that
/// another one can tell whether anybody still works on it.</summary>
internal static class UnfinishedFolder
{
    private const string Prefix = ".building-";

    public static string NewName() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{QemuProcess.Current.Pid}-{QemuProcess.Current.StartTicks}-{Random.Shared.Next(1 << 16):x4}");

    /// <summary>Those whose process has ended.</summary>
    public static IEnumerable<string> Abandoned(string parent) =>
        Directory.EnumerateDirectories(parent, Prefix + "*").Where(folder => OwnerOf(Path.GetFileName(folder)) is not { IsAlive: true });

    private static QemuProcess? OwnerOf(string name) =>
        name[Prefix.Length..].Split('-') is [var pid, var start, _]
        && int.TryParse(pid, CultureInfo.InvariantCulture, out var number) && long.TryParse(start, CultureInfo.InvariantCulture, out var ticks)
            ? new QemuProcess(number, ticks)
            : null;
}
