using Vdi.Broker.Api;
using Vdi.Broker.Apps;
using Vdi.Protocol.Fleet;

namespace Vdi.Broker.Pools;

public enum PoolKind
{
    /// <summary>Any machine for anybody, a fresh one each time.</summary>
    Floating,

    /// <summary>One machine for each person, kept.</summary>
    Dedicated,

    /// <summary>Foreign screens, reached by RFB, as listed.</summary>
    Manual,
}

public enum AcceleratorPolicy
{
    /// <summary>What the host has: KVM where it works, TCG elsewhere.</summary>
    Any,

    /// <summary>Only hosts whose hardware isolates guests.</summary>
    HardwareOnly,
}

/// <summary>Machines alike, forked from one image, for the people entitled to them.</summary>
public sealed class Pool : IEdited
{
    private PoolPolicy _policy = PoolPolicy.Default;

    /// <summary>Short name in addresses: lower-case letters, digits, hyphens.</summary>
    public required string Id { get; set; }

    public required string Name { get; set; }

    public string Description { get; set; } = "";

    public PoolKind Kind { get; set; }

    public required string Image { get; set; }

    /// <summary>The version that new machines are forked from; null for the newest, whatever it is.</summary>
    public string? ImageVersion { get; set; }

    /// <summary>The version that is being rolled out, or was; null before the first.</summary>
    public string? CurrentVersion { get; set; }

    /// <summary>The version before, to which one step goes back; null where there is none.</summary>
    public string? PreviousVersion { get; set; }

    /// <summary>Why a roll-out stopped, for people; null where none did.</summary>
    public string? RollOutStopped { get; set; }

    public MachineSize Size { get; set; } = MachineSize.OfImage;

    /// <summary>The application that its machines show; null for desktops.</summary>
    public PublishedApp? App { get; set; }

    public AcceleratorPolicy Accelerator { get; set; }

    /// <summary>What becomes of its sessions and machines, and when.</summary>
    public PoolPolicy Policy
    {
        get => _policy;
        set
        {
            _policy = value;

            // Brokers of the version before read these.
            (Warm, Capacity, Linger) = (value.Warm.Count, value.Maximum, TimeSpan.FromMinutes(value.LogOffAfterMinutes ?? 60 * 24 * 365));
        }
    }

    /// <summary>What its machines may reach.</summary>
    public NetworkSettings Network { get; set; } = NetworkSettings.Isolated;

    /// <summary>While set, nobody new may come; the text says why.</summary>
    public string? Closed { get; set; }

    public List<string> Tags { get; set; } = [];

    /// <summary>In the recycle bin since; nobody can open it, and it can be brought back.</summary>
    public DateTimeOffset? Deleted { get; set; }

    public long Version { get; set; }

    internal int Warm { get; private set; } = 2;

    internal int Capacity { get; private set; } = 8;

    internal TimeSpan Linger { get; private set; } = TimeSpan.FromMinutes(30);
}

internal static class MachineSizeCheck
{
    /// <summary>Everything that is wrong with a size, wherever it will be used: whether an image fits into it only its host knows.</summary>
    public static void Check(this MachineSize size, Faults faults, string field)
    {
        faults.DemandRange($"{field}.cpus", size.Cpus, 1, 64);
        faults.DemandRange($"{field}.memoryMiB", size.MemoryMiB, 128, 1024 * 1024);
        faults.DemandRange($"{field}.diskGiB", size.DiskGiB, 1, 64 * 1024);
    }
}

/// <summary>One foreign screen of a manual pool: a VNC server, in a network that the host reaches.</summary>
public sealed record ForeignScreen
{
    /// <summary>Also that of its machine.</summary>
    public Guid Id { get; set; }

    public required string PoolId { get; set; }

    public required string Name { get; set; }

    public required string Address { get; set; }

    public int Port { get; set; } = 5900;

    /// <summary>The password that its server wants, enciphered (<see cref="ScreenSecret"/>); null where it wants none.</summary>
    public string? Password { get; set; }
}
