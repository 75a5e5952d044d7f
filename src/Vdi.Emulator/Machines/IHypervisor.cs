using Vdi.Emulator.Accelerators;
using Vdi.Emulator.Homes;
using Vdi.Protocol.Apps;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Machines;

/// <summary>A machine to make: forked from a template of <paramref name="Image"/> in this size, which is the image's own where it is null. It shows
/// <paramref name="App"/>; null for a desktop.</summary>
public sealed record ForkRequest(Guid Machine, long Epoch, ImageRef Image, PoolNetwork Network, MachineSize? Size = null, MachineApp? App = null);

/// <summary>What runs machines on this computer: QEMU, or the fake that ships for developing and loading brokers without machines.
/// Both pass the same conformance tests (HypervisorConformance).</summary>
public interface IHypervisor : IAsyncDisposable
{
    /// <summary>What runs guest code here, and why that.</summary>
    Task<Accelerator> AcceleratorAsync { get; }

    /// <summary>The images of which machines can be made, every version.</summary>
    IReadOnlyList<HostImage> Images { get; }

    /// <summary>People's own disks on this computer; null where there is no place for any.</summary>
    HomeStore? Homes => null;

    /// <summary>Why no further machine can be made now, for people; null where one can.</summary>
    string? Shortage { get; }

    /// <summary>Finds the machines that an earlier process left running, and ends and removes what was half made or is broken.
    /// What a living machine lacks (its agent's line, its network) is brought back in the background, and is its
    /// <see cref="IMachine.Trouble"/> meanwhile. To be called once, before the first fork.</summary>
    Task<IReadOnlyList<IMachine>> AdoptAsync(CancellationToken stop);

    /// <summary>The machines that an earlier process left suspended; after <see cref="AdoptAsync"/>.</summary>
    IReadOnlyList<ISuspendedMachine> FindSuspended() => [];

    /// <summary>Makes everything ready that a fork of <paramref name="image"/> in this size needs, with the application open where it shall be; minutes
    /// for new ones, nothing later.</summary>
    Task PrepareAsync(ImageRef image, MachineSize? size, MachineApp? app, IProgress<string>? progress, CancellationToken stop);

    /// <summary>What applications an image has, as it says itself.</summary>
    /// <exception cref="MachineException">It could not be asked, and why.</exception>
    Task<IReadOnlyList<FoundApp>> FindAppsAsync(ImageRef image, CancellationToken stop) => throw new MachineException("Machines of this kind do not say what applications they have");

    /// <summary>Brings the networks of pools to their settings, also under running machines, and takes down those of other pools.
    /// Changes nothing where nothing changed.</summary>
    Task ApplyNetworksAsync(IReadOnlyList<PoolNetwork> networks, CancellationToken stop);

    /// <summary>Forks a machine; it runs when this returns. What fails midway is taken back.</summary>
    /// <exception cref="ShortageException">Memory or disk is short: try again later.</exception>
    Task<IMachine> ForkAsync(ForkRequest request, CancellationToken stop);
}

/// <summary>One running machine. Disposing lets go of it without ending it.</summary>
public interface IMachine : IAsyncDisposable
{
    Guid Id { get; }

    long Epoch { get; }

    /// <summary>The version of the image that it was forked from; null where that is not known any more.</summary>
    string? ImageVersion { get; }

    /// <summary>How long each part of making it took.</summary>
    ForkTimes Times { get; }

    /// <summary>What its files and processes are known by, for logs: a process id, or a name.</summary>
    string Handle { get; }

    bool IsAlive { get; }

    /// <summary>Completes with the reason, for people, once the machine is of no more use.</summary>
    Task<string> Failed { get; }

    /// <summary>What holds it up just now, though it lives (its disk is full, say); null while nothing does.</summary>
    string? Trouble { get; }

    /// <summary>Waits for the guest and gives it its own identity and network; from then on it survives a restart of this process.</summary>
    Task SettleAsync(IProgress<string>? progress, TimeSpan deadline, CancellationToken stop);

    /// <summary>How many monitors it may have.</summary>
    int Heads => 1;

    /// <summary>A new private line to its screen and keyboard, which says what is spoken on it. It takes the place of an earlier one.</summary>
    Task<DisplayLine> OpenDisplayAsync(CancellationToken stop);

    /// <summary>A line to the guest's desktop agent, on which the vdagent protocol is spoken (spice/vd_agent.h); null where the machine has no place
    /// for one. Whether anybody answers there is the guest's affair. It takes the place of an earlier one.</summary>
    Task<Stream?> OpenDesktopAgentAsync(CancellationToken stop) => Task.FromResult<Stream?>(null);

    /// <summary>The application that it shows; null for a desktop.</summary>
    MachineApp? App => null;

    /// <summary>A line to the keeper of its application. It takes the place of an earlier one.</summary>
    Task<AppLine> OpenAppLineAsync(CancellationToken stop) => throw new MachineException("The machine shows a desktop");

    /// <summary>Makes it that person's: their name, time zone, keyboard and language, as far as its guest can.</summary>
    /// <exception cref="MachineException">The guest did not take it.</exception>
    Task GiveToAsync(PersonSettings person, CancellationToken stop) => Task.CompletedTask;

    /// <summary>Puts a person's own disk into it, and their files where they look for them; they stay until it is destroyed. May be asked again.</summary>
    /// <exception cref="MachineException">It could not be done, and why; the disk may be in it all the same.</exception>
    Task BringHomeAsync(MachineHome home, CancellationToken stop) => throw new MachineException("Machines of this kind cannot have people's files");

    /// <summary>Files of the person at it; null where nothing in it takes or gives any.</summary>
    IGuestFiles? Files => null;

    /// <summary>Whether it gives way to machines that somebody looks at.</summary>
    void YieldToOthers(bool yield);

    /// <summary>Saves its state and its changed memory in its folder, and ends it: nothing of it runs or takes memory any more, and this object
    /// is of no more use. What fails midway leaves it running.</summary>
    /// <exception cref="MachineException">It could not be suspended, and why; it runs on.</exception>
    Task<ISuspendedMachine> SuspendAsync(CancellationToken stop) => throw new MachineException("Machines of this kind cannot be suspended");

    /// <summary>Lets its guest shut down in order, so that programs save and close; one that has not after <paramref name="grace"/> is
    /// ended. Then deletes everything that it wrote. True where the guest ended by itself. A machine that cannot be asked is just
    /// destroyed.</summary>
    async Task<bool> ShutDownAsync(TimeSpan grace, CancellationToken stop)
    {
        await DestroyAsync(stop);
        return false;
    }

    /// <summary>Ends it at once and deletes everything that it wrote.</summary>
    Task DestroyAsync(CancellationToken stop);
}

/// <summary>A machine that sleeps: the files of one that was suspended.</summary>
public interface ISuspendedMachine
{
    Guid Id { get; }

    long Epoch { get; }

    /// <summary>The version of the image that it was forked from; null where that is not known any more.</summary>
    string? ImageVersion { get; }

    /// <summary>How much disk its saved state takes.</summary>
    long Bytes { get; }

    /// <summary>Goes on where it was suspended: the same memory, disk, identity and network card. It runs when this returns, and is to be
    /// settled as a fork is, which sets its clock. What fails midway leaves it asleep.</summary>
    /// <exception cref="ShortageException">Memory is short: try again later.</exception>
    /// <exception cref="MachineException">It could not be woken, and why; it still sleeps.</exception>
    Task<IMachine> WakeAsync(PoolNetwork network, CancellationToken stop);

    /// <summary>Deletes everything of it.</summary>
    Task DestroyAsync(CancellationToken stop);
}

/// <summary>How long each part of making a machine took, in milliseconds since the request; null where it did not come to it yet.</summary>
public sealed record ForkTimes(double Disk, double Started, double Loaded, double Running, double? Agent = null, double? Identity = null, double? Address = null);
