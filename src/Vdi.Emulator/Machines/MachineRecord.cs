using System.Text.Json;
using System.Text.Json.Serialization;
using Vdi.Emulator.Suspending;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Machines;

/// <summary>What is written beside a machine so that a later process finds it again.</summary>
/// <param name="StartTicks">The process's start in clock ticks since boot; with <paramref name="Boot"/> it tells a recycled process id apart.</param>
/// <param name="Boot">The kernel's id of this boot of the computer.</param>
/// <param name="Display">What its display speaks; records of versions before it was written mean RFB.</param>
/// <param name="MemoryMiB">Its guest's memory; 0 in records of before it was noted.</param>
/// <param name="ImageVersion">Version of the image that its template was made from; null in records of before it was noted.</param>
/// <param name="Saved">Not null for a machine that is suspended: it has no process.</param>
/// <param name="TemplateFolder">Where its template was; null in records of before it was noted.</param>
/// <param name="Complete">Whether it was handed over as ready; one that was not is half made, and ended by the next process.</param>
public sealed record MachineRecord(Guid Id, long Epoch, string Template, int? Uid, int Pid, long StartTicks, string Boot, bool HasAgent, bool Complete, ForkTimes? Times, DisplayProtocol Display, int MemoryMiB = 0, string? ImageVersion = null, SavedMachine? Saved = null, string? TemplateFolder = null)
{
    public const string FileName = "machine.json";

    /// <summary>What its devices are.</summary>
    public GuestDrivers Drivers { get; init; }

    /// <summary>What runs in it.</summary>
    public GuestSystem System { get; init; }

    /// <summary>The home whose disk it has, or is about to have; null where it has none.</summary>
    public Guid? Home { get; init; }

    /// <summary>The application that it shows; null for a desktop.</summary>
    public MachineApp? App { get; init; }

    /// <summary>Monitors that it may have; records of before it was noted mean one.</summary>
    public int Heads { get; init; } = 1;

    /// <summary>Id of this boot (proc(5), random/boot_id).</summary>
    public static string ThisBoot { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The process, if it can still be the one that was recorded.</summary>
    [JsonIgnore]
    public QemuProcess? Process => Boot == ThisBoot ? new QemuProcess(Pid, StartTicks) : null;

    /// <summary>Null where there is none or it cannot be read.</summary>
    public static MachineRecord? TryRead(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<MachineRecord>(File.ReadAllBytes(Path.Combine(folder, FileName))) is { Boot: not null, Template: not null } record ? record : null;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    public void Write(string folder) => JsonFile.Write(Path.Combine(folder, FileName), this);
}
