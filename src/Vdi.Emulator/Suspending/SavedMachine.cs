using System.Net.Sockets;
using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.Emulator.Templates;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Suspending;

/// <summary>What a suspended machine's record says beside the rest, and which only holds once its saved state is on disk.</summary>
/// <param name="TemplateRam">Hash of the RAM file, see <see cref="Template.Hashes"/>: what was saved is only what differs from it.</param>
/// <param name="TemplateDisk">Hash of the disk under the machine's own.</param>
/// <param name="Nic">Its network card; null where it had none.</param>
public sealed record SavedMachine(string TemplateRam, string TemplateDisk, HeldNic? Nic)
{
    /// <summary>The machine's devices and changed memory: what a person had open, so nobody's but ours.</summary>
    private const string FileName = "saved";
    private const int FileDescriptorSet = 8;

    /// <summary>Writing it takes seconds; a disk that takes so long is broken, or QEMU is.</summary>
    private static readonly TimeSpan SaveDeadline = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan LoadDeadline = TimeSpan.FromMinutes(1);

    /// <summary>QEMU's own limit would have it take its time, for a machine that runs on meanwhile.</summary>
    private const long BytesPerSecond = 1L << 40;

    /// <summary>Whether the template is still the one whose memory and disk the machine's own lie upon.</summary>
    internal bool Fits(Template template) => template.Hashes.GetValueOrDefault("ram") == TemplateRam && template.Hashes.GetValueOrDefault("disk.qcow2") == TemplateDisk;

    internal static SavedMachine Of(Template template, HeldNic? nic) => new(template.Hashes.GetValueOrDefault("ram", ""), template.Hashes.GetValueOrDefault("disk.qcow2", ""), nic);

    internal static string PathIn(string folder) => Path.Combine(folder, FileName);

    internal static string UnfinishedPathIn(string folder) => PathIn(folder) + ".new";

    /// <summary>Stops the machine and writes its state, which is on disk when this returns. QEMU still runs, and could go on.</summary>
    internal static async Task WriteAsync(QmpClient qmp, string folder, Template template, CancellationToken stop)
    {
        await qmp.CallAsync("stop", null, stop);
        await Migration.SaveAllMemoryAsync(qmp, BytesPerSecond, stop);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var (mine, theirs) = UnixSocket.Pair();
        await using (var stream = new NetworkStream(mine, ownsSocket: true))
        await using (var file = new FileStream(UnfinishedPathIn(folder), new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
            BufferSize = 1 << 20,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            using (theirs)
            {
                await qmp.SendDescriptorAsync("saved", theirs.SafeHandle, stop);
            }

            await qmp.CallAsync("migrate", new JsonObject { ["uri"] = "fd:saved" }, stop);
            var copying = ChangedMemory.CopyAsync(stream, file, template.Ram, limit.Token);
            var saving = TemplateStore.WaitUntilSavedAsync(qmp, SaveDeadline, limit.Token);
            try
            {
                // Whichever fails is the reason; then QEMU's end of the line closes, or ours, and the other one ends, too.
                await await Task.WhenAny(copying, saving);
                await Task.WhenAll(copying, saving);
            }
            catch
            {
                await limit.CancelAsync();
                await Task.WhenAll(copying, saving).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                throw;
            }

            await file.FlushAsync(stop);
            file.Flush(flushToDisk: true);
        }

        await SavedHeads.MendAsync(UnfinishedPathIn(folder), stop);
        File.Move(UnfinishedPathIn(folder), PathIn(folder), overwrite: true);
    }

    /// <summary>Lets a machine that was stopped to be saved go on; what was written of it is worth nothing then.</summary>
    internal static async Task GoOnAsync(QmpClient qmp, string folder, CancellationToken stop)
    {
        await Migration.GoOnAsync(qmp, stop);
        File.Delete(UnfinishedPathIn(folder));
        File.Delete(PathIn(folder));
    }

    /// <summary>Loads the saved state into a QEMU that waits for it and has the template's memory.</summary>
    internal static async Task LoadAsync(QmpClient qmp, string folder, CancellationToken stop)
    {
        using (var file = File.OpenHandle(PathIn(folder)))
        {
            await qmp.SendToSetAsync(FileDescriptorSet, file, stop);
        }

        await Migration.LoadAsync(qmp, folder, $"/dev/fdset/{FileDescriptorSet}", LoadDeadline, stop);
        await qmp.CallAsync("remove-fd", new JsonObject { ["fdset-id"] = FileDescriptorSet }, stop);
    }
}
