using System.Globalization;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Limits;

/// <summary>How much is always left free on this computer.</summary>
public sealed class CapacityOptions
{
    /// <summary>Memory that forks must leave free for everything else, in MiB.</summary>
    public long SpareMemoryMiB { get; set; } = 1024;

    /// <summary>Share of its own memory that a fork is expected to write; the rest it goes on sharing with its template.</summary>
    public double PrivateShare { get; set; } = 0.25;

    /// <summary>Disk that must be free before a fork or a template is made, in MiB.</summary>
    public long SpareDiskMiB { get; set; } = 2048;

    /// <summary>A machine that was paused because the disk was full goes on once so much is free, in MiB.</summary>
    public long ResumeDiskMiB { get; set; } = 256;
}

/// <summary>Memory and disk of this computer, as they are now: asked before every fork.</summary>
public sealed class Capacity(StateFolder state, CapacityOptions options)
{
    private const long MiB = 1024 * 1024;

    /// <summary>Why machines cannot go on writing, for people; null where they can.</summary>
    public string? DiskShortage => FreeDiskMiB(state.Machines) is var free && free < options.ResumeDiskMiB
        ? $"{state.Machines} has {free} MiB free and needs {options.ResumeDiskMiB}; free some disk, and it goes on by itself"
        : null;

    /// <summary>Why a machine with <paramref name="memoryMiB"/> of memory cannot be made now, for people; null where it can.</summary>
    public string? ShortageFor(int memoryMiB)
    {
        var (memory, needed) = (FreeMemoryMiB(), options.SpareMemoryMiB + (long)(memoryMiB * options.PrivateShare));
        if (memory < needed)
        {
            return $"the host has {memory} MiB of memory free, and another machine needs {needed}: end sessions, or add memory";
        }

        var disk = FreeDiskMiB(state.Machines);
        return disk < options.SpareDiskMiB
            ? $"the host's disk at {state.Machines} has {disk} MiB free, and another machine needs {options.SpareDiskMiB}: delete files or images, or add disk"
            : null;
    }

    /// <exception cref="ShortageException">When there is not enough for another machine.</exception>
    public void Demand(int memoryMiB)
    {
        if (ShortageFor(memoryMiB) is { } shortage)
        {
            throw new ShortageException(shortage);
        }
    }

    /// <summary>MemAvailable of /proc/meminfo (proc(5)): what can be had without swapping.</summary>
    private static long FreeMemoryMiB() =>
        File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kib, ..]
            ? long.Parse(kib, CultureInfo.InvariantCulture) / 1024
            : 0;

    private static long FreeDiskMiB(string folder) => new DriveInfo(folder).AvailableFreeSpace / MiB;
}
