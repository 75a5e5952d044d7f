using System.Text.Json.Nodes;
using Vdi.Emulator.Limits;
using Vdi.Emulator.Networks;
using Vdi.Emulator.Templates;

namespace Vdi.Emulator.Machines;

/// <summary>The start of a machine's QEMU, with its TPM, its control group and its monitor: the same for a template in the making, a fork, a machine
/// that wakes and one in which an image is edited.</summary>
/// <param name="Folder">With the machine's disk and, where it has them, the files of its firmware and TPM, which are <paramref name="Uid"/>'s.</param>
/// <param name="Disk">The node tree of its disk.</param>
internal sealed record QemuLaunch(string Folder, int? Uid, MachineDefinition Machine, string Accelerator, MemoryMode Mode, string Ram, JsonObject Disk)
{
    /// <summary>A network card that it has from the start.</summary>
    public StartingNic? Nic { get; init; }

    /// <summary>The machine's id, by which it gets a control group; null for none.</summary>
    public Guid? Group { get; init; }

    /// <summary>Devices beside those that every machine has.</summary>
    public IReadOnlyList<string> Extra { get; init; } = [];

    /// <summary>The same for a machine that goes on from a saved state, which <paramref name="load"/> loads. A QEMU that misread it is followed by
    /// another; see <see cref="SavedHeads"/>.</summary>
    public async Task<(QemuProcess Process, QmpClient Qmp)> RunAsync(MachineUsers users, MemoryClaim claim, UndoStack undo, Action<QemuProcess, string?>? started, Func<QmpClient, Task> load, CancellationToken stop)
    {
        for (var tries = 1; ; tries++)
        {
            var attempt = new UndoStack();
            undo.Push(attempt.DisposeAsync);
            var (process, qmp) = await RunAsync(users, claim, attempt, started, stop);
            try
            {
                await load(qmp);
                return (process, qmp);
            }
            catch (MachineException) when (tries < SavedHeads.MaxTries && SavedHeads.WasMisread(Folder))
            {
                claim.TakeBack();
                await attempt.DisposeAsync();
            }
        }
    }

    /// <summary>Returns once the monitor answers and the kernel says that QEMU is confined.</summary>
    /// <param name="undo">Told how to end it again.</param>
    /// <param name="started">Called as soon as there is a process; with what could not be limited, or null.</param>
    public async Task<(QemuProcess Process, QmpClient Qmp)> RunAsync(MachineUsers users, MemoryClaim claim, UndoStack undo, Action<QemuProcess, string?>? started, CancellationToken stop)
    {
        undo.Push(async () => await TpmEmulator.EndAsync(Folder, CancellationToken.None));
        using var tpm = Machine.HasTpm ? await TpmEmulator.StartAsync(Folder, Uid, stop) : null;
        List<string> arguments = [.. QemuArguments.Build(Machine, Accelerator, Mode, Ram, Disk, Folder), .. Nic?.Arguments ?? [], .. Extra];
        var process = QemuProcess.Start(Folder, Uid, users.LockOf(Uid), arguments, Nic?.Tap, tpm);
        undo.Push(async () =>
        {
            await process.EndAsync(CancellationToken.None);
            if (Group is { } ended)
            {
                Cgroup.Remove(ended);
            }
        });
        claim.GiveTo(process);
        started?.Invoke(process, Group is { } id ? Cgroup.Confine(id, process.Pid, Machine.MemoryMiB, Machine.Cpus) : null);
        var qmp = await QemuStart.ConnectAsync(Folder, process, stop);
        undo.Push(qmp.DisposeAsync);
        Confinement.Demand(process.Pid, Uid);
        return (process, qmp);
    }
}
