using System.Globalization;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Limits;

/// <summary>How much is always left free on this computer.</summary>
public sealed class CapacityOptions
{
    /// <summary>Memory that forks must leave free for everything else, in MiB.</summary>
    public long SpareMemoryMiB { get; set; } = 1024;

    /// <summary>Share of its own memory that a fork is expected to write in its life; the rest it goes on sharing with its template.
    /// What a living fork has not written of it yet is not given to another one.</summary>
    public double PrivateShare { get; set; } = 0.25;

    /// <summary>Disk that must be free before a fork or a template is made, in MiB.</summary>
    public long SpareDiskMiB { get; set; } = 2048;

    /// <summary>A machine that was paused because the disk was full goes on once so much is free, in MiB.</summary>
    public long ResumeDiskMiB { get; set; } = 256;
}

/// <summary>Memory and disk of this computer, as they are now and as the living machines will still use them: asked before every fork.
/// A fork begins small and grows, so what is free now is not what is left.</summary>
public sealed class Capacity
{
    private const long MiB = 1024 * 1024;
    private readonly StateFolder _state;
    private readonly CapacityOptions _options;
    private readonly string _proc;
    private readonly Lock _lock = new();
    private readonly List<MemoryClaim> _claims = [];

    public Capacity(StateFolder state, CapacityOptions options) : this(state, options, "/proc") { }

    /// <param name="proc">Where proc(5) is.</param>
    internal Capacity(StateFolder state, CapacityOptions options, string proc) => (_state, _options, _proc) = (state, options, proc);

    /// <summary>Why machines cannot go on writing, for people; null where they can.</summary>
    public string? DiskShortage => FreeDiskMiB(_state.Machines) is var free && free < _options.ResumeDiskMiB
        ? $"{_state.Machines} has {free} MiB free and needs {_options.ResumeDiskMiB}; free some disk, and it goes on by itself"
        : null;

    /// <summary>Why a machine with <paramref name="memoryMiB"/> of memory cannot be made now, for people; null where it can.</summary>
    public string? ShortageFor(int memoryMiB)
    {
        lock (_lock)
        {
            return ShortageOf("machine", Share(memoryMiB), _state.Machines);
        }
    }

    /// <exception cref="ShortageException">When the disk has no room for <paramref name="what"/>, which takes <paramref name="neededMiB"/>.</exception>
    internal void DemandDisk(string what, long neededMiB)
    {
        var (free, needed) = (FreeDiskMiB(_state.Machines), neededMiB + _options.SpareDiskMiB);
        if (free < needed)
        {
            throw new ShortageException($"the host's disk at {_state.Machines} has {free} MiB free, and {what} needs {needed}: delete files or images, or add disk");
        }
    }

    /// <summary>Sets aside what a new machine may write. To be given to its process, or disposed where it comes to none.</summary>
    /// <exception cref="ShortageException">When there is not enough for another machine.</exception>
    internal MemoryClaim ClaimMachine(int memoryMiB) => Claim("machine", Share(memoryMiB), _state.Machines);

    /// <summary>The same for making a template: its machine writes into a file, which takes memory until it is on disk.</summary>
    /// <exception cref="ShortageException">When there is not enough for a template.</exception>
    internal MemoryClaim ClaimTemplate(int memoryMiB) => Claim("template", Share(memoryMiB), _state.Templates);

    /// <summary>Why no template of a machine with <paramref name="memoryMiB"/> can be made now, for people; null where it can.</summary>
    internal string? TemplateShortageFor(int memoryMiB)
    {
        lock (_lock)
        {
            return ShortageOf("template", Share(memoryMiB), _state.Templates);
        }
    }

    /// <summary>Counts a machine that an earlier process made.</summary>
    internal void Adopt(QemuProcess process, int memoryMiB)
    {
        var claim = new MemoryClaim(Share(memoryMiB), Forget);
        claim.GiveTo(process);
        lock (_lock)
        {
            _claims.Add(claim);
        }
    }

    private MemoryClaim Claim(string what, long share, string folder)
    {
        lock (_lock)
        {
            if (ShortageOf(what, share, folder) is { } shortage)
            {
                throw new ShortageException(shortage);
            }

            var claim = new MemoryClaim(share, Forget);
            _claims.Add(claim);
            return claim;
        }
    }

    private string? ShortageOf(string what, long share, string folder)
    {
        _claims.RemoveAll(claim => claim.HasEnded);
        var (memory, promised, needed) = (FreeMemoryMiB(), _claims.Sum(claim => claim.OutstandingMiB(_proc)), _options.SpareMemoryMiB + share);
        if (memory - promised < needed)
        {
            var growth = promised == 0 ? "" : $", of which running machines may still use {promised}";
            return $"the host has {memory} MiB of memory free{growth}, and another {what} needs {needed}: end sessions, or add memory";
        }

        var disk = FreeDiskMiB(folder);
        return disk < _options.SpareDiskMiB
            ? $"the host's disk at {folder} has {disk} MiB free, and another {what} needs {_options.SpareDiskMiB}: delete files or images, or add disk"
            : null;
    }

    private void Forget(MemoryClaim claim)
    {
        lock (_lock)
        {
            _claims.Remove(claim);
        }
    }

    private long Share(int memoryMiB) => (long)(memoryMiB * _options.PrivateShare);

    /// <summary>MemAvailable of /proc/meminfo (proc(5)): what can be had without swapping.</summary>
    private long FreeMemoryMiB() =>
        File.ReadLines(Path.Combine(_proc, "meminfo")).First(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kib, ..]
            ? long.Parse(kib, CultureInfo.InvariantCulture) / 1024
            : 0;

    private static long FreeDiskMiB(string folder) => new DriveInfo(folder).AvailableFreeSpace / MiB;
}
