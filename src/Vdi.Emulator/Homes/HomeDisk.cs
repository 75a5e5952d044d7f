using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Homes;

/// <summary>One person's disk: an ext4 file system in a qcow2 file, and its place in a running machine.</summary>
internal static class HomeDisk
{
    /// <summary>What the guest knows the disk by (virtio-blk's serial, at most 20 bytes).</summary>
    public const string Serial = "vdi-home";
    private const string Node = "home0";
    private const int Set = 20;

    /// <summary>The root port beside that of the network card.</summary>
    private const string Port = "port1";

    /// <summary>What every guest's kernel since 2014 can mount, and with a journal and checksums; tools take other ones for usual every year (ext4(5)).</summary>
    private const string Features = "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Makes an empty one of so many bytes; what fails midway leaves nothing.</summary>
    public static async Task MakeAsync(string path, long bytes, CancellationToken stop)
    {
        var (raw, made) = (path + ".raw", path + ".new");
        try
        {
            File.Delete(raw);
            FileOwner.Create(raw, null, bytes);
            await DiskChain.RunAsync("/sbin/mke2fs", ["-q", "-F", "-t", "ext4", "-O", Features, "-m", "0", "-L", Serial, "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard", raw], Deadline, stop);
            await DiskChain.RunAsync("/usr/bin/qemu-img", ["convert", "-q", "-f", "raw", "-O", "qcow2", "-o", "compat=1.1,cluster_size=64k,lazy_refcounts=off", raw, made], Deadline, stop);
            FileOwner.Hold(made);
            File.Move(made, path);
        }
        finally
        {
            File.Delete(raw);
            File.Delete(made);
        }
    }

    /// <summary>Plugs the open file into a running machine. What the guest wants on disk is put on disk; what fails midway is taken back.</summary>
    /// <param name="around">What is to be between the file and the disk in it; nothing where it is null.</param>
    public static async Task PlugAsync(QmpClient qmp, SafeFileHandle file, CancellationToken stop, Func<JsonObject, JsonObject>? around = null)
    {
        await using var undo = new UndoStack();
        await qmp.SendToSetAsync(Set, file, stop);
        undo.Push(async () => await qmp.CallAsync("remove-fd", new JsonObject { ["fdset-id"] = Set }, CancellationToken.None));
        var bytes = new JsonObject { ["driver"] = "file", ["filename"] = $"/dev/fdset/{Set.ToString(CultureInfo.InvariantCulture)}", ["locking"] = "on" };
        var disk = new JsonObject { ["driver"] = "qcow2", ["node-name"] = Node, ["discard"] = "unmap", ["file"] = around?.Invoke(bytes) ?? bytes, ["backing"] = null };
        await qmp.CallAsync("blockdev-add", disk, stop);
        undo.Push(async () => await qmp.CallAsync("blockdev-del", new JsonObject { ["node-name"] = Node }, CancellationToken.None));
        await qmp.CallAsync("device_add", new JsonObject { ["driver"] = "virtio-blk-pci", ["id"] = Node, ["drive"] = Node, ["serial"] = Serial, ["bus"] = Port, ["write-cache"] = "on" }, stop);
        undo.Keep();
    }

    /// <summary>Whether the machine has one.</summary>
    public static async Task<bool> IsPluggedAsync(QmpClient qmp, CancellationToken stop) =>
        await qmp.CallAsync("query-named-block-nodes", new JsonObject { ["flat"] = true }, stop) is { ValueKind: JsonValueKind.Array } nodes
        && nodes.EnumerateArray().Any(node => node.ValueKind == JsonValueKind.Object && node.TryGetProperty("node-name", out var name) && name.ValueKind == JsonValueKind.String && name.GetString() == Node);
}
