using Vdi.Display;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Host.Machines;

/// <summary>What viewers come to: somebody's desktop, or a machine in which an image is worked on.</summary>
internal interface IShownMachine
{
    Guid Id { get; }

    /// <summary>Commands with an older one are refused.</summary>
    long Epoch { get; }

    MachineState State { get; }

    Screen? Screen { get; }

    /// <summary>How many monitors it may have.</summary>
    int Heads => 1;

    /// <summary>What a monitor shows, of which 0 is the first; null where there is none.</summary>
    Screen? ScreenOf(int head) => head == 0 ? Screen : null;

    IMachine? Machine { get; }

    /// <summary>The title of the application that it shows; empty for a desktop.</summary>
    string AppTitle => "";

    /// <summary>Starts something in a machine that shows an application, once.</summary>
    void Run(AppRun run) { }

    /// <summary>A command bore a newer epoch: from now on older ones are void.</summary>
    void Raise(long epoch);
}
